// A transformer block (Vaswani et al.: Attention is all you need, 2017) that reads digits row by row: each image is a
// sequence of 28 steps of 28 numbers. Three epochs take 20 seconds:
//
//   938/938 - 6s - 7ms/step - accuracy: 0.9640 - loss: 0.1162
//   Test accuracy: 0.9687
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

namespace {

struct TransformerBlockImpl : layers::LayerImpl {
  layers::MultiHeadAttention attention;
  layers::Dense hidden, output;
  layers::LayerNormalization attention_norm, output_norm;
  layers::Dropout dropout{0.1};

  TransformerBlockImpl(int64_t dim, int64_t heads, int64_t hidden_units)
      : attention(heads, dim / heads), hidden(hidden_units, {.activation = "relu"}), output(dim) {}

  Tensor call(const Tensor& x) {
    const Tensor attended = attention_norm(x + dropout(attention(x, x)));
    return output_norm(attended + dropout(output(hidden(attended))));
  }
};
using TransformerBlock = Handle<TransformerBlockImpl>;

// Adds a learned vector for each place.
struct PositionsImpl : layers::LayerImpl {
  Tensor positions;
  void build(const Shape& input_shape) override {
    positions = add_weight("positions", {input_shape[1], input_shape[2]}, "uniform");
  }
  Tensor call(const Tensor& x) { return x + positions; }
};
using Positions = Handle<PositionsImpl>;

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 3, .batch_size = 64});
  const auto [train, test] = examples::load_mnist(arguments.data);
  const Tensor x_train = train.first.astype(float32) / 255, x_test = test.first.astype(float32) / 255;

  const Symbol rows = Input({28, 28});
  Symbol x = Positions()(layers::Dense(64)(rows));
  x = TransformerBlock(64, 4, 128)(x);
  x = mean(x, 1);
  const Model model(rows, layers::Dense(10, {.activation = "softmax"})(x));
  model.summary();

  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = "accuracy"});
  model.fit(x_train, train.second,
            {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});
  std::cout << "Test accuracy: " << model.evaluate(x_test, test.second, {.verbose = 0})["accuracy"] << '\n';
}
