#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/ops/indexing.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/copy/take.hpp"
#include "ops/support/positions.hpp"

namespace xtape {

Tensor one_hot(const Tensor& labels, Count classes, DType dtype) {
  detail::check_at_least(1, "one_hot", "classes", classes);
  ops::check_integers("one_hot", "labels", labels);
  const Tensor positions = detail::whole_numbers_below("one_hot: label", labels, classes);
  Shape shape = labels.shape();
  shape.push_back(classes);

  Tensor y = core::make_tensor(shape, dtype, "one_hot");
  core::switch_dtype(dtype, [&]<class T>(T) {
    kernels::one_hot(core::elements<const int64_t>(positions), core::elements<T>(y), positions.numel(), classes);
  });
  return y;
}

}  // namespace xtape
