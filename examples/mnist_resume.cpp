// A training that may be killed at any moment: started again it goes on with its last backup, and ends with the weights
// that it had had in one go, bit for bit. Writes resumed.npz and, meanwhile, the folder backup. kill_and_resume.sh
// kills it and compares:
//
//   $ examples/kill_and_resume.sh build/examples/mnist_resume --data examples/data/mnist_subset --epochs 20
//   in one go: Test accuracy: 0.953
//   killed, going on
//   killed, going on
//   killed, going on
//   killed three times: Test accuracy: 0.953
//   the weights are the same, byte for byte
//
// In Python:
//
//   backup = keras.callbacks.BackupAndRestore("backup", save_freq=100)
//   model.fit(x_train, y_train, batch_size=64, epochs=5, callbacks=[backup])
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 5, .batch_size = 64});
  const auto [train, test] = examples::load_mnist(arguments.data);
  const Tensor x_train = train.first.reshape({-1, 784}).astype(float32) / 255;
  const Tensor x_test = test.first.reshape({-1, 784}).astype(float32) / 255;

  Sequential model{layers::Dense(256, {.activation = "relu", .input_shape = {784}}), layers::Dropout(0.2),
                   layers::Dense(10, {.activation = "softmax"})};
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});

  // A backup each 100 batches: weights, optimizer, random numbers, the order of the digits.
  const callbacks::BackupAndRestore backup(arguments.output + "/backup", {.save_freq = 100});
  model.fit(x_train, train.second,
            {.batch_size = arguments.batch_size,
             .epochs = arguments.epochs,
             .verbose = arguments.verbose,
             .callbacks = {backup}});

  model.save_weights(arguments.output + "/resumed.npz");
  const auto [loss, accuracy] = model.evaluate(x_test, test.second, {.verbose = 0});
  std::cout << "Test accuracy: " << accuracy << '\n';
}
