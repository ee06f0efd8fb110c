#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

/// One step of `total` parameters in ten tensors.
template <class Optimizer>
void step_row(const Runner& runner, const std::string& name, int total, Optimizer optimizer) {
  Tensors parameters, gradients;
  for (int i = 0; i < 10; ++i) {
    parameters.push_back(xtape::rand({total / 10}));
    parameters.back().set_requires_grad();
    gradients.push_back(xtape::rand({total / 10}));
  }
  runner.measure(name, [&] { optimizer.apply(gradients, parameters); });
}

}  // namespace

void optimizers(const Runner& runner) {
  using namespace xtape::optimizers;
  step_row(runner, "adam.1M", 1000000, Adam());
  step_row(runner, "adam.10M", 10000000, Adam());
  step_row(runner, "sgd_momentum.1M", 1000000, SGD({.momentum = 0.9}));
  step_row(runner, "rmsprop.1M", 1000000, RMSprop());
}

}  // namespace bench
