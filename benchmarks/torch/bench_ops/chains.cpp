#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {

/// Microseconds per op of each chain.
void chains(const Runner& runner) {
  const auto x = torch::rand({8, 8}), a = torch::rand({8, 8}), b = torch::rand({8, 8});
  const auto multiply_add = [&] {
    auto y = x;
    for (int i = 0; i < 50; ++i) y = y * a + b;
    return y;
  };
  op_rows(runner, "chain.mul_add.8x8", {x, a, b}, multiply_add, "", 100);

  const auto small = torch::rand({8, 8});
  const auto tanh = [&] {
    auto y = small;
    for (int i = 0; i < 100; ++i) y = torch::tanh(y);
    return y;
  };
  op_rows(runner, "chain.tanh.8x8", {small}, tanh, "", 100);

  const auto input = torch::rand({32, 32}), weights = torch::rand({32, 32}) * 0.1;
  const auto matmul_tanh = [&] {
    auto y = input;
    for (int i = 0; i < 20; ++i) y = torch::tanh(y.matmul(weights));
    return y;
  };
  op_rows(runner, "chain.matmul_tanh.32x32", {input, weights}, matmul_tanh, "", 40);

  const auto scalar = torch::rand({}), scale = torch::rand({}), shift = torch::rand({});
  const auto multiply_add_sin = [&] {
    auto y = scalar;
    for (int i = 0; i < 333; ++i) y = torch::sin(y * scale + shift);
    return y;
  };
  op_rows(runner, "chain.mul_add_sin.scalar", {scalar, scale, shift}, multiply_add_sin, "", 999);
}

}  // namespace bench
