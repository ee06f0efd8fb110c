// A model of one's own and a training loop written by hand: no compile, no fit. It learns sin(x) from noisy
// points.
#include <iostream>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"

using namespace xtape;

struct MlpImpl : ModelImpl {
  layers::Dense first{32, {.activation = "tanh"}};
  layers::Dense second{32, {.activation = "tanh"}};
  layers::Dense output{1};

  Tensor call(const Tensor& x) { return output(second(first(x))); }
};
using Mlp = Handle<MlpImpl>;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 200, .batch_size = 64});

  const Tensor x = rand({1024, 1}) * 6 - 3;
  const Tensor y = sin(x) + 0.1 * randn(x.shape());

  Mlp model;
  model.build({-1, 1});
  model.summary();

  optimizers::Adam optimizer({.learning_rate = 0.01});
  const std::vector<Tensor> variables = model.trainable_variables();
  for (int epoch = 0; epoch < arguments.epochs; ++epoch) {
    const Tensor order = randperm(x.shape(0));
    metrics::Mean mean_loss;
    for (int64_t start = 0; start < x.shape(0); start += arguments.batch_size) {
      const Tensor indices = order.slice(0, {start, start + arguments.batch_size});
      const Tensor prediction = model(take(x, indices), {.training = true});
      const Tensor loss = mean(square(prediction - take(y, indices)));

      optimizer.apply(grad({loss}, variables), variables);
      mean_loss.update_state(loss);
    }
    if (epoch % 20 == 19) std::cout << "epoch " << epoch + 1 << ": loss " << mean_loss.result() << '\n';
  }

  const NoGrad no_grad;
  const Tensor points = linspace(-2, 2, 5).expand_dims(-1);
  std::cout << "sin(x):     " << sin(points).flatten() << "\nprediction: " << model(points).flatten() << '\n';
}
