#include "autograd/mapped.hpp"

#include <algorithm>
#include <numeric>
#include <vector>
#include <xtape/ops/manipulation.hpp>

namespace xtape::autograd {

Shape with_axis(int64_t count, const Shape& example) {
  Shape shape = example;
  shape.insert(0, count);
  return shape;
}

Tensor stacked(const Mapped& x, const Examples& examples) {
  if (x.mapped || !x.value.defined()) return x.value;
  return broadcast_to(x.value, with_axis(examples.count, x.value.shape()));
}

Tensor aligned(const Mapped& x, int rank) {
  if (!x.mapped || x.rank() == rank) return x.value;
  Shape shape = x.value.shape();
  for (int i = x.rank(); i < rank; ++i) shape.insert(1, 1);
  return reshape(x.value, shape);
}

Tensor moved(const Tensor& x, int from, int to, int count) {
  if (from == to || !x.defined()) return x;
  std::vector<int> order(static_cast<std::size_t>(x.rank()));
  std::iota(order.begin(), order.end(), 0);
  const auto first = order.begin() + from, last = first + count;
  if (to > from) {
    std::rotate(first, last, last + (to - from));
  } else {
    std::rotate(order.begin() + to, first, last);
  }
  return permute(x, order);
}

}  // namespace xtape::autograd
