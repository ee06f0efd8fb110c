#include <string>

#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

/// `total` parameters in ten tensors, each with a gradient.
Tensors parameters(int total) {
  Tensors parameters;
  for (int i = 0; i < 10; ++i) {
    parameters.push_back(torch::rand(total / 10, torch::requires_grad()));
    parameters.back().mutable_grad() = torch::rand(total / 10);
  }
  return parameters;
}

void step_row(const Runner& runner, const std::string& name, torch::optim::Optimizer&& optimizer) {
  runner.measure(name, [&] { optimizer.step(); });
}

}  // namespace

void optimizers(const Runner& runner) {
  using namespace torch::optim;
  step_row(runner, "adam.1M", Adam(parameters(1000000), AdamOptions(1e-3).eps(1e-7)));
  step_row(runner, "adam.10M", Adam(parameters(10000000), AdamOptions(1e-3).eps(1e-7)));
  step_row(runner, "sgd_momentum.1M", SGD(parameters(1000000), SGDOptions(1e-2).momentum(0.9)));
  step_row(runner, "rmsprop.1M", RMSprop(parameters(1000000), RMSpropOptions(1e-3).alpha(0.9).eps(1e-7)));
}

}  // namespace bench
