// A multilayer perceptron on the MNIST digits: the first program of most Keras tutorials.
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 5, .batch_size = 128});

  const auto [train, test] = examples::load_mnist(arguments.data);
  auto [x_train, y_train] = train;
  auto [x_test, y_test] = test;
  x_train = x_train.reshape({-1, 784}).astype(float32) / 255;
  x_test = x_test.reshape({-1, 784}).astype(float32) / 255;
  y_train = utils::to_categorical(y_train, 10);
  y_test = utils::to_categorical(y_test, 10);

  Sequential model;
  model.add(layers::Dense(64, {.activation = "relu", .input_shape = {784}}));
  model.add(layers::Dropout(0.2));
  model.add(layers::Dense(10));
  model.add(layers::Activation("softmax"));
  model.summary();

  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x_train, y_train,
            {.batch_size = arguments.batch_size,
             .epochs = arguments.epochs,
             .verbose = arguments.verbose,
             .validation_split = 0.1});

  const auto score = model.evaluate(x_test, y_test, {.verbose = 0});
  std::cout << "Test loss: " << score[0] << "\nTest accuracy: " << score[1] << '\n';
}
