#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/ops/indexing.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/copy/take.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/dense.hpp"
#include "ops/indexing/positions.hpp"

namespace xtape {

namespace {

// Ones at `positions`, which are valid, along a new last axis.
struct OneHot {
  static constexpr const char* name = "one_hot";
  static constexpr const char* no_derivative = "labels are whole numbers";
  int64_t classes;
  DType dtype;

  void attributes(autograd::Attributes& to) const { to("classes", classes), to("dtype", dtype); }
  autograd::Spec shape(const Tensor& positions) const {
    Shape shape = positions.shape();
    shape.push_back(classes);
    return {shape, dtype};
  }
  Tensor batch(const ops::Examples&, const ops::Mapped& positions) const {
    return autograd::apply(*this, positions.value);
  }
  void compute(const Tensor& positions, const Tensor& y) const {
    const Tensor from = ops::dense(name, positions);
    core::switch_dtype(dtype, [&]<class T>(T) {
      kernels::one_hot(core::elements<const int64_t>(from), core::elements<T>(y), from.numel(), classes);
    });
  }
};

}  // namespace

Tensor one_hot(const Tensor& labels, Count classes, DType dtype) {
  detail::check_at_least(1, "one_hot", "classes", classes);
  ops::check_integers("one_hot", "labels", labels);
  return autograd::apply(OneHot{classes, dtype}, detail::whole_numbers_below("one_hot: label", labels, classes));
}

void ops::describe_one_hot(autograd::Registry& to) { to.add<OneHot, 1>(); }

}  // namespace xtape
