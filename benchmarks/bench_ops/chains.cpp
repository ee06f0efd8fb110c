#include "groups.hpp"
#include "row.hpp"

namespace bench {

/// Microseconds per op of each chain.
void chains(const Runner& runner) {
  const auto x = xtape::rand({8, 8}), a = xtape::rand({8, 8}), b = xtape::rand({8, 8});
  const auto multiply_add = [&] {
    auto y = x;
    for (int i = 0; i < 50; ++i) y = y * a + b;
    return y;
  };
  op_rows(runner, "chain.mul_add.8x8", {x, a, b}, multiply_add, 100);

  const auto small = xtape::rand({8, 8});
  const auto tanh = [&] {
    auto y = small;
    for (int i = 0; i < 100; ++i) y = xtape::tanh(y);
    return y;
  };
  op_rows(runner, "chain.tanh.8x8", {small}, tanh, 100);

  const auto input = xtape::rand({32, 32}), weights = xtape::rand({32, 32}) * 0.1;
  const auto matmul_tanh = [&] {
    auto y = input;
    for (int i = 0; i < 20; ++i) y = xtape::tanh(y.matmul(weights));
    return y;
  };
  op_rows(runner, "chain.matmul_tanh.32x32", {input, weights}, matmul_tanh, 40);

  const auto scalar = xtape::rand({}), scale = xtape::rand({}), shift = xtape::rand({});
  const auto multiply_add_sin = [&] {
    auto y = scalar;
    for (int i = 0; i < 333; ++i) y = xtape::sin(y * scale + shift);
    return y;
  };
  op_rows(runner, "chain.mul_add_sin.scalar", {scalar, scale, shift}, multiply_add_sin, 999);
}

}  // namespace bench
