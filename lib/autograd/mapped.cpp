#include "autograd/mapped.hpp"

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

}  // namespace xtape::autograd
