// Gradients that are clipped and gathered: a network that sees 16 digits at a time learns as if it saw 128, and a large
// learning rate is kept in bounds:
//
//   batches of 128                               loss   0.3847  accuracy 0.896  steps 160
//   8 batches of 16 a step                       loss   0.3847  accuracy 0.896  steps 160
//   a rate that is too large                     loss   2.6649  accuracy 0.102  steps 160
//   the same, gradients clipped to norm 0.01     loss   0.2916  accuracy 0.917  steps 160
#include <cstdio>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

namespace {

void train(const char* what, int64_t batch_size, const optimizers::SGDOptions& options,
           const examples::Arguments& arguments, const datasets::mnist::Split& digits) {
  const Tensor x = digits.first.reshape({-1, 784}).slice(0, {0, 4096}).astype(float32) / 255;
  const Tensor y = digits.second.slice(0, {0, 4096});
  utils::set_random_seed(arguments.seed);
  Sequential model{layers::Dense(64, {.activation = "relu", .input_shape = {784}}), layers::Dense(10)};
  model.compile({.optimizer = optimizers::SGD(options),
                 .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
                 .metrics = {"accuracy"}});
  const History history =
      model.fit(x, y, {.batch_size = batch_size, .epochs = arguments.epochs, .verbose = 0, .shuffle = false});
  std::printf("%-44s loss %8.4f  accuracy %.3f  steps %lld\n", what, history["loss"].back(), history["accuracy"].back(),
              static_cast<long long>(model.optimizer().iterations()));
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 5});
  const auto digits = examples::load_mnist(arguments.data).first;
  train("batches of 128", 128, {.learning_rate = 0.1}, arguments, digits);
  train("8 batches of 16 a step", 16, {.learning_rate = 0.1, .gradient_accumulation_steps = 8}, arguments, digits);
  train("a rate that is too large", 128, {.learning_rate = 20}, arguments, digits);
  train("the same, gradients clipped to norm 0.01", 128, {.learning_rate = 20, .global_clipnorm = 0.01}, arguments,
        digits);
}
