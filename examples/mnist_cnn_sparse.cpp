// A small convolutional network on the MNIST digits, with integer labels.
#include <cstdio>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 5, .batch_size = 128, .seed = 2});

  const auto [train, test] = examples::load_mnist(arguments.data);
  auto [x_train, y_train] = train;
  auto [x_test, y_test] = test;
  x_train = x_train.expand_dims(-1).astype(float32) / 255;
  x_test = x_test.expand_dims(-1).astype(float32) / 255;

  Sequential model{
      layers::Conv2D(32, 3, {.activation = "relu", .input_shape = {28, 28, 1}}),
      layers::MaxPooling2D(2),
      layers::Flatten(),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax"}),
  };
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x_train, y_train,
            {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});

  const auto score = model.evaluate(x_test, y_test, {.verbose = 0});
  std::printf("Accuracy: %.2f\n", 100 * score["accuracy"]);
}
