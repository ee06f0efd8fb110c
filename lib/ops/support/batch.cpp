#include "ops/support/batch.hpp"

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

}  // namespace xtape::ops
