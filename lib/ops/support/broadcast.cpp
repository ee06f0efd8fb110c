#include "ops/support/broadcast.hpp"

#include "core/checks.hpp"

namespace xtape::ops {

static_assert(core::max_rank <= kernels::max_rank);

Shape broadcast_strides(const Tensor& x, const Shape& shape) {
  const core::TensorImpl* tensor = core::impl(x);
  Shape strides(shape.size(), 0);
  const std::size_t missing = shape.size() - tensor->shape.size();
  for (std::size_t i = 0; i < tensor->shape.size(); ++i) {
    if (tensor->shape[i] == shape[missing + i]) strides[missing + i] = tensor->strides[i];
  }
  return strides;
}

kernels::IterationPlan<2> broadcast_plan(const Tensor& a, const Tensor& b, const Shape& shape) {
  const Shape strides_a = broadcast_strides(a, shape);
  const Shape strides_b = broadcast_strides(b, shape);
  return kernels::collapse<2>(shape.rank(), shape.data(), {strides_a.data(), strides_b.data()});
}

}  // namespace xtape::ops
