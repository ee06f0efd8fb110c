// Flatten and two dense layers on the MNIST digits, with one-hot labels.
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 5, .batch_size = 32, .seed = 4});

  const auto [train, test] = examples::load_mnist(arguments.data);
  const auto [train_images, train_labels] = train;
  const auto [test_images, test_labels] = test;

  Sequential model{
      layers::Flatten({.input_shape = {28, 28}}),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dense(10, {.activation = "softmax"}),
  };
  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(train_images.astype(float32) / 255, utils::to_categorical(train_labels),
            {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});

  const auto score = model.evaluate(test_images.astype(float32) / 255, utils::to_categorical(test_labels),
                                    {.verbose = arguments.verbose});
  std::cout << "Test accuracy: " << score["accuracy"] << '\n';
}
