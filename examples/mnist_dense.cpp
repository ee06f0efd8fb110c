// Flatten and two dense layers on the MNIST digits, with one-hot labels.
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 5, .batch_size = 32, .seed = 4});

  const auto [train, test] = examples::load_mnist(arguments.data);
  auto [x_train, y_train] = train;
  auto [x_test, y_test] = test;
  x_train = x_train.astype(float32) / 255;
  x_test = x_test.astype(float32) / 255;
  y_train = utils::to_categorical(y_train);
  y_test = utils::to_categorical(y_test);

  Sequential model{
      layers::Flatten({.input_shape = {28, 28}}),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax"}),
  };
  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x_train, y_train,
            {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});

  const auto score = model.evaluate(x_test, y_test, {.verbose = arguments.verbose});
  std::cout << "Test accuracy: " << score["accuracy"] << '\n';
}
