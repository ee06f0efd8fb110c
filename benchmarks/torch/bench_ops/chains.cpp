#include <string>

#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

/// Nanoseconds matter here: the rows are microseconds per op of the chain.
template <class Chain>
void chain_rows(const Runner& runner, const std::string& name, double operations, const Tensors& leaves,
                Chain&& chain) {
  {
    torch::InferenceMode inference;
    runner.measure(name + ".forward", [&] { return chain(); }, operations);
  }
  for (const auto& leaf : leaves) leaf.requires_grad_(true);
  const auto upstream = torch::ones_like(chain().detach());
  runner.measure(
      name + ".forward+backward",
      [&] {
        chain().backward(upstream);
        for (const auto& leaf : leaves) leaf.mutable_grad().reset();
      },
      operations);
}

}  // namespace

void chains(const Runner& runner) {
  const auto x = torch::rand({8, 8}), a = torch::rand({8, 8}), b = torch::rand({8, 8});
  chain_rows(runner, "chain.mul_add.8x8", 100, {x, a, b}, [&] {
    auto y = x;
    for (int i = 0; i < 50; ++i) y = y * a + b;
    return y;
  });

  const auto small = torch::rand({8, 8});
  chain_rows(runner, "chain.tanh.8x8", 100, {small}, [&] {
    auto y = small;
    for (int i = 0; i < 100; ++i) y = torch::tanh(y);
    return y;
  });

  const auto input = torch::rand({32, 32}), weights = torch::rand({32, 32}) * 0.1;
  chain_rows(runner, "chain.matmul_tanh.32x32", 40, {input, weights}, [&] {
    auto y = input;
    for (int i = 0; i < 20; ++i) y = torch::tanh(y.matmul(weights));
    return y;
  });

  const auto s = torch::rand({}), scale = torch::rand({}), shift = torch::rand({});
  chain_rows(runner, "chain.mul_add_sin.scalar", 999, {s, scale, shift}, [&] {
    auto y = s;
    for (int i = 0; i < 333; ++i) y = torch::sin(y * scale + shift);
    return y;
  });
}

}  // namespace bench
