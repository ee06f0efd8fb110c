// When to stop: a network that is large for 1,000 digits learns them by heart. Training ends where the validation has
// got no better for five epochs, and the weights of the best epoch come back. Writes early_stopping.svg. Two seconds:
//
//   32/32 - 0s - 1ms/step - accuracy: 1.0000 - loss: 0.0132 - val_accuracy: 0.8940 - val_loss: 0.3773
//   Epochs run: 13, best: 8, with a validation loss of 0.367262
//   The restored weights: loss 0.367262, accuracy 0.8908
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 100, .batch_size = 32});
  const auto [train, test] = examples::load_mnist(arguments.data);
  const Tensor x = train.first.reshape({-1, 784}).slice(0, {0, 1000}).astype(float32) / 255;
  const Tensor y = train.second.slice(0, {0, 1000});
  const Tensor x_test = test.first.reshape({-1, 784}).astype(float32) / 255;

  Sequential model{layers::Dense(512, {.activation = "relu", .input_shape = {784}}),
                   layers::Dense(10, {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});

  const callbacks::EarlyStopping stopping({.monitor = "val_loss", .patience = 5, .restore_best_weights = true});
  const History history = model.fit(x, y,
                                    {.batch_size = arguments.batch_size,
                                     .epochs = arguments.epochs,
                                     .verbose = arguments.verbose,
                                     .callbacks = {stopping},
                                     .validation_data = {x_test, test.second}});

  std::cout << "Epochs run: " << history.epoch().size() << ", best: " << stopping.best_epoch() + 1
            << ", with a validation loss of " << stopping.best() << '\n';
  const auto [loss, accuracy] = model.evaluate(x_test, test.second, {.verbose = 0});
  std::cout << "The restored weights: loss " << loss << ", accuracy " << accuracy << '\n';
  plots::training_curve(history, arguments.output + "/early_stopping.svg");
}
