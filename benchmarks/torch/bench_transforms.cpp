// The libtorch twin of bench_transforms: Jacobians, Hessians and gradients of each sample by loops of `grad`, which is
// what its C++ interface has.

#include <torch/torch.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <vector>

#include "models.hpp"
#include "timing.hpp"

namespace {

using torch::Tensor;
using torch::autograd::grad;

// The derivatives of each element of y, which depends on x.
Tensor rows_of_jacobian(const Tensor& y, const Tensor& x) {
  std::vector<Tensor> rows;
  for (std::int64_t k = 0; k < y.numel(); ++k) rows.push_back(grad({y[k]}, {x}, {}, /*retain_graph=*/true)[0]);
  return torch::stack(rows);
}

void jacobian_row(const bench::Runner& runner) {
  const auto w1 = torch::randn({64, 128}) * 0.1, w2 = torch::randn({128, 64}) * 0.1, x = torch::randn({32, 64});
  runner.measure("transforms.jacobian.64-128-64.batch_32", [&] {
    std::vector<Tensor> jacobians;
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const auto variable = x[i].clone().requires_grad_();
      jacobians.push_back(rows_of_jacobian(torch::tanh(variable.matmul(w1)).matmul(w2), variable));
    }
    return torch::stack(jacobians);
  });
}

void hessian_row(const bench::Runner& runner) {
  const auto a = torch::randn({32, 32}) * 0.2, x = torch::randn({32});
  runner.measure("transforms.hessian.32", [&] {
    const auto variable = x.clone().requires_grad_();
    const auto value = torch::tanh(a.matmul(variable)).square().sum();
    return rows_of_jacobian(grad({value}, {variable}, {}, {}, /*create_graph=*/true)[0], variable);
  });
}

void per_example_row(const bench::Runner& runner) {
  auto model = bench::make_mlp();
  const auto parameters = model->parameters();
  const auto x = torch::rand({128, 784}), y = torch::randint(10, {128}, torch::kInt64);
  runner.measure("transforms.per_example_gradients.784-128-10.batch_128", [&] {
    std::vector<std::vector<Tensor>> gradients(parameters.size());
    for (std::int64_t i = 0; i < x.size(0); ++i) {
      const auto loss = torch::nn::functional::cross_entropy(model->forward(x.narrow(0, i, 1)), y.narrow(0, i, 1));
      const auto of_sample = grad({loss}, parameters);
      for (std::size_t k = 0; k < of_sample.size(); ++k) gradients[k].push_back(of_sample[k]);
    }
    std::vector<Tensor> result;
    for (const auto& of_parameter : gradients) result.push_back(torch::stack(of_parameter));
    return result;
  });
}

void hvp_row(const bench::Runner& runner) {
  const auto x = torch::rand({128, 784}), labels = torch::randint(10, {128}, torch::kInt64);
  const std::vector<Tensor> weights = {(torch::randn({784, 128}) * 0.05).requires_grad_(),
                                       torch::zeros({128}).requires_grad_(),
                                       (torch::randn({128, 10}) * 0.1).requires_grad_(),
                                       torch::zeros({10}).requires_grad_()};
  std::vector<Tensor> directions;
  for (const auto& w : weights) directions.push_back(torch::randn(w.sizes()));
  runner.measure("transforms.hvp.784-128-10.batch_128", [&] {
    const auto hidden = torch::tanh(torch::addmm(weights[1], x, weights[0]));
    const auto loss = torch::nn::functional::cross_entropy(torch::addmm(weights[3], hidden, weights[2]), labels);
    return grad(grad({loss}, weights, {}, {}, /*create_graph=*/true), weights, directions);
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Runner runner(bench::Arguments(argc, argv));
  torch::set_num_threads(runner.threads());
  torch::set_num_interop_threads(1);
  jacobian_row(runner);
  hessian_row(runner);
  per_example_row(runner);
  hvp_row(runner);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_transforms: %s\n", error.what());
  return 1;
}
