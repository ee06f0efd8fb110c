// The convolutional network of the Keras tutorials on the MNIST digits; 99 % of the test digits after ten
// epochs. Writes history.csv and training_curve.svg.
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/mnist.hpp"
#include "common/training_curve.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 10, .batch_size = 128});

  const auto [train, test] = examples::load_mnist(arguments.data);
  auto [x_train, y_train] = train;
  auto [x_test, y_test] = test;
  x_train = x_train.expand_dims(-1).astype(float32) / 255;
  x_test = x_test.expand_dims(-1).astype(float32) / 255;
  y_train = utils::to_categorical(y_train, 10);
  y_test = utils::to_categorical(y_test, 10);

  Sequential model{
      layers::InputLayer({28, 28, 1}),
      layers::Conv2D(32, {3, 3}, {.activation = "relu"}),
      layers::MaxPooling2D({2, 2}),
      layers::Dropout(0.25),
      layers::Conv2D(64, {3, 3}, {.activation = "relu"}),
      layers::MaxPooling2D({2, 2}),
      layers::Dropout(0.25),
      layers::Flatten(),
      layers::Dense(128, {.activation = "relu"}),
      layers::Dropout(0.5),
      layers::Dense(10, {.activation = "softmax"}),
  };
  model.summary();

  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  const History history = model.fit(x_train, y_train,
                                    {.batch_size = arguments.batch_size,
                                     .epochs = arguments.epochs,
                                     .verbose = arguments.verbose,
                                     .validation_data = {x_test, y_test}});

  const auto score = model.evaluate(x_test, y_test, {.verbose = 0});
  std::cout << "Test loss: " << score["loss"] << "\nTest accuracy: " << score["accuracy"] << '\n';

  examples::write_history_csv(arguments.output + "/history.csv", history.history);
  examples::write_training_curve(arguments.output + "/training_curve.svg", history.history);
  std::cout << "Wrote history.csv and training_curve.svg to " << arguments.output << '\n';
}
