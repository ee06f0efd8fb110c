#include <xtape/xtape.hpp>

#include "catch.hpp"

// Which weights train. The numbers are those of Keras 3.16, but where a constructor freezes layers in it.
using namespace xtape;
using namespace xtape::layers;

namespace {

std::size_t trained(const Layer& layer) { return layer.trainable_weights().size(); }

// How many train in a model around the layer.
std::size_t trained_around(const Layer& layer, const Shape& shape = {3, 4}) {
  const Symbol x = Input(shape);
  return trained(Model(x, layer(x)));
}

struct OwnImpl : LayerImpl {
  struct Options {
    std::string name = {};
    bool trainable = true;
    Config given = {};
    void fields(Fields& f) { f("name", name)("given", given); }
  };
  Dense own = Dense(4);
  Layer given;
  std::optional<Dense> built;
  explicit OwnImpl(const Options& options)
      : LayerImpl({.name = options.name, .trainable = options.trainable}), given(deserialize(options.given)) {}
  void fields(Fields& f) override { Options{.name = name(), .given = serialize(given)}.fields(f); }
  void build(const Shape&) override { built.emplace(4); }
  Tensor call(const Tensor& x) { return (*built)(given(own(x))); }
};
using Own = Handle<OwnImpl>;

}  // namespace

TEST_CASE("what is freed in a frozen layer trains in what is around that") {
  const Dense a(4), b(4);
  const Sequential base{InputLayer({4}), a, b};
  const Sequential model{InputLayer({4}), base, Dense(2)};
  base.set_trainable(false);
  CHECK(trained(model) == 2);
  a.set_trainable(true);
  CHECK(trained(model) == 4);
  CHECK(trained(base) == 0);
  CHECK(trained(a) == 2);
  const Tensor x = randn({8, 4}), before = a.get_weights()[0], frozen = b.get_weights()[0];
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(x, zeros({8, 2}), {.verbose = 0});
  CHECK_FALSE(array_equal(a.get_weights()[0], before));
  CHECK(array_equal(b.get_weights()[0], frozen));
  model.set_trainable(false);
  CHECK(trained(model) == 0);
  model.set_trainable(true);
  CHECK(trained(model) == 6);

  const Bidirectional both(LSTM(2));
  both.set_trainable(false);
  both.forward_layer().set_trainable(true);
  CHECK(trained_around(both) == 3);
  // What is added to a frozen model is as it is.
  const Sequential growing{InputLayer({3, 4}), Dense(2)};
  growing.set_trainable(false);
  growing.add(Dense(3));
  CHECK(trained_around(growing) == 2);
}

TEST_CASE("a weight that a layer shares trains as the layer that made it") {
  const auto names = [](const Layer& layer) {
    const Symbol x = Input({4});
    std::vector<std::string> result;
    for (const Variable& variable : Model(x, layer(x)).trainable_weights()) result.push_back(variable.name);
    return result;
  };
  using Names = std::vector<std::string>;
  const Dense dense(4);
  const SpectralNormalization norm(dense);
  norm.set_trainable(false);
  CHECK(names(norm).empty());
  norm.set_trainable(true);
  CHECK(names(norm) == Names{"kernel", "bias"});
  dense.set_trainable(false);
  CHECK(names(norm).empty());
  norm.set_trainable(false);
  dense.set_trainable(true);
  for (const Layer& layer : {Layer(norm), clone(Layer(norm))}) CHECK(names(layer) == Names{"kernel", "bias"});
  norm.set_trainable(true);
  dense.set_trainable(false);
  CHECK(names(clone(Layer(norm))).empty());
  const Layer frozen = [&] {
    norm.set_trainable(false);
    return clone(Layer(norm));
  }();
  CHECK(names(frozen).empty());
  frozen.set_trainable(true);
  CHECK(names(frozen) == Names{"kernel", "bias"});
}

struct FixedKernelImpl : LayerImpl {
  Tensor kernel, bias;
  void build(const Shape& input_shape) override {
    kernel = add_weight("kernel", {input_shape.back(), 2}, initializers::GlorotUniform(), {.trainable = false});
    bias = add_weight("bias", {2}, initializers::Zeros());
  }
  Tensor call(const Tensor& x) { return matmul(x, kernel) + bias; }
};

TEST_CASE("a weight that is shared and not made for training does not train") {
  const Handle<FixedKernelImpl> fixed;
  const SpectralNormalization norm(fixed);
  CHECK(trained_around(norm) == 1);
  norm.set_trainable(false);
  norm.set_trainable(true);
  CHECK(trained_around(norm) == 1);
  CHECK_FALSE(fixed->kernel.requires_grad());
}

// As Keras: each weight by the flag of the layer that made it.
TEST_CASE("a weight that is shared twice trains as the layer that made it") {
  const Dense dense(4);
  const SpectralNormalization inner(dense), outer(inner);
  const Symbol x = Input({4});
  const Model model(x, outer(x));
  inner.set_trainable(false);
  dense.set_trainable(true);
  CHECK(trained(model) == 2);
  outer.set_trainable(false);
  CHECK(trained(model) == 0);
  dense.set_trainable(true);
  CHECK(trained(model) == 2);
  outer.set_trainable(true);
  dense.set_trainable(false);
  CHECK(trained(model) == 0);
}

TEST_CASE("a layer that is made frozen has frozen layers in it") {
  const auto attend = [](const Layer& layer) {
    const Symbol x = Input({3, 4});
    return trained(Model(x, layer({x, x})));
  };
  CHECK(attend(MultiHeadAttention(2, 2, {.trainable = false})) == 0);
  CHECK(trained_around(Bidirectional(LSTM(2), {.trainable = false})) == 0);
  CHECK(trained_around(TimeDistributed(Dense(2), {.trainable = false})) == 0);
  CHECK(trained_around(LSTM(2, {.trainable = false})) == 0);
  CHECK(trained_around(RNN(LSTMCell(2), {.trainable = false})) == 0);
  CHECK(trained_around(SpectralNormalization(Dense(2), {.trainable = false})) == 0);
  CHECK(trained_around(Sequential({Dense(2)}, {.trainable = false})) == 0);
  CHECK(trained_around(Own({.trainable = false, .given = serialize(Dense(4))})) == 0);
  const Symbol x = Input({4});
  CHECK(trained_around(Model(x, Dense(2)(x), {.trainable = false}), {4}) == 0);
}

TEST_CASE("layers are as frozen as they were when they are read") {
  register_layer<Own>({.package = "freezing"});
  const auto read = [](const Layer& layer) { return trained_around(clone(layer)); };
  const Own own({.given = serialize(Dense(4))});
  CHECK(read(own) == 6);
  own->given.set_trainable(false);
  CHECK(read(own) == 4);
  own.set_trainable(false);
  CHECK(read(own) == 0);
  own->given.set_trainable(true);
  CHECK(trained_around(own) == 2);
  CHECK(read(own) == 2);
  for (const bool inner : {false, true}) {
    const Dense dense(2);
    const TimeDistributed steps(dense);
    steps.set_trainable(!inner);
    dense.set_trainable(inner);
    CHECK(trained_around(steps) == (inner ? 2 : 0));
    CHECK(read(steps) == (inner ? 2 : 0));
  }
  const Bidirectional both(LSTM(2));
  both.set_trainable(false);
  both.backward_layer().set_trainable(true);
  CHECK(read(both) == 3);
  CHECK(read(LSTM(2, {.trainable = false})) == 0);
}
