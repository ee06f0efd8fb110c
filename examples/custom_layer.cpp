// A layer of one's own with options: registered, written as JSON, read back and cloned. It learns how much of the input
// to let through to each output.
//
//   loss: 0.364904 -> 0.00936965
//   read back, it computes the same: true
//   a clone is another layer: true, made alike: true
//   {
//     "module": "example",
//     "class_name": "Gated",
//     "config": {
//       "name": "gated",
//       "trainable": true,
//       "dtype": "float32",
//       "units": 3,
//       "activation": "relu"
//     },
//     "registered_name": "example>Gated"
//   }
#include <iostream>
#include <string>
#include <utility>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"

using namespace xtape;

struct GatedOptions {
  int64_t units = 1;
  activations::Activation activation = "tanh";
  std::string name = {};
  void fields(Fields& f) { f("units", units)("activation", activation)("name", name); }
};

// activation(x @ kernel) * sigmoid(x @ gate), as in gated linear units.
struct GatedImpl : layers::LayerImpl {
  using Options = GatedOptions;
  GatedOptions given;
  Tensor kernel, gate;

  explicit GatedImpl(GatedOptions options) : LayerImpl({.name = options.name}), given(std::move(options)) {}
  void fields(Fields& f) override { given.fields(f); }
  void build(const Shape& input_shape) override {
    kernel = add_weight("kernel", {input_shape.back(), given.units});
    gate = add_weight("gate", {input_shape.back(), given.units});
  }
  Tensor call(const Tensor& x) { return given.activation(matmul(x, kernel)) * sigmoid(matmul(x, gate)); }
};
using Gated = Handle<GatedImpl>;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 40, .batch_size = 32});
  layers::register_layer<Gated>({.package = "example"});
  set_random_seed(1);

  const Tensor x = randn({512, 4});
  // The product of two inputs where a third one is positive.
  const Tensor y = where(x.slice(1, {2, 3}) > 0, x.slice(1, {0, 1}) * x.slice(1, {1, 2}), 0);

  const Sequential model{Gated({.units = 16, .name = "gated"}), layers::Dense(16, {.activation = "relu"}),
                         layers::Dense(1)};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  const History history =
      model.fit(x, y, {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = 0});
  std::cout << "loss: " << history["loss"].front() << " -> " << history["loss"].back() << '\n';

  // Written and read: the same architecture with weights of its own, which then become the trained ones.
  const std::string text = to_json(layers::serialize(model));
  const layers::Layer copy = layers::deserialize(parse_json(text));
  copy.set_weights(model.get_weights());
  std::cout << "read back, it computes the same: " << std::boolalpha << array_equal(copy(x), model(x)) << '\n';

  const Gated gated({.units = 3, .activation = "relu"});
  const Gated clone = layers::clone(gated);
  std::cout << "a clone is another layer: " << !(clone == gated)
            << ", made alike: " << (clone.get_config() == gated.get_config()) << '\n';
  std::cout << to_json(layers::serialize(clone), 2) << '\n';
}
