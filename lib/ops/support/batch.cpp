#include "ops/support/batch.hpp"

#include <numeric>
#include <vector>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"

namespace xtape::ops {

Axes shifted(const Axes& axes, int rank) {
  const auto marked = core::checked_axes("vmap", axes, rank);
  std::vector<int> result;
  for (int axis = 0; axis < rank; ++axis) {
    if (marked[static_cast<std::size_t>(axis)]) result.push_back(axis + 1);
  }
  return result;
}

Tensor folded(const Tensor& x) {
  Shape shape = x.shape();
  shape[1] *= shape[0];
  shape.erase(0);
  return reshape(x, shape);
}

Tensor unfolded(const Tensor& x, const Examples& examples) {
  if (!x.defined()) return {};
  Shape shape = x.shape();
  shape[0] /= examples.count;
  return reshape(x, with_axis(examples.count, shape));
}

Tensor moved(const Tensor& x, int from, int to) {
  if (from == to || !x.defined()) return x;
  std::vector<int> order(static_cast<std::size_t>(x.rank()));
  std::iota(order.begin(), order.end(), 0);
  order.erase(order.begin() + from);
  order.insert(order.begin() + to, from);
  return permute(x, order);
}

}  // namespace xtape::ops
