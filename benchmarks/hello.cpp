// A program that trains, as small as it gets: compare.sh times its compilation and its run from start to end.

#include <cstdio>
#include <xtape/xtape.hpp>

int main() {
  using namespace xtape;
  const Tensor x = tensor({{0.f, 0.f}, {0.f, 1.f}, {1.f, 0.f}, {1.f, 1.f}});
  const Tensor y = tensor({{0.f}, {1.f}, {1.f}, {0.f}});
  Sequential model{layers::Dense(8, {.activation = "tanh", .input_shape = {2}}), layers::Dense(1)};
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
  const auto history = model.fit(x, y, {.epochs = 10, .verbose = 0});
  std::printf("loss %.4f -> %.4f\n", history["loss"].front(), history["loss"].back());
}
