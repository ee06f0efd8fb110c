#include "ops/elementwise/sum_of_products.hpp"

#include <xtape/ops/arithmetic.hpp>

#include "autograd/op.hpp"
#include "core/dtype_switch.hpp"
#include "kernels/elementwise/sum_of_products.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/binary_op.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {
namespace {

struct SumOfProducts {
  static constexpr const char* name = "sum_of_products";

  const Tensor& like(const Tensor& a, const Tensor&, const Tensor&, const Tensor&) const { return a; }
  void compute(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d, const Tensor& y) const {
    if (!is_dense(a) || !is_dense(b) || !is_dense(c) || !is_dense(d)) [[unlikely]]
      return compute(dense(name, a), dense(name, b), dense(name, c), dense(name, d), y);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      kernels::sum_of_products(core::elements<const T>(a), core::elements<const T>(b), core::elements<const T>(c),
                               core::elements<const T>(d), core::elements<T>(y), core::impl(y)->numel);
    });
  }
  // What is the same for all examples is not repeated.
  Tensor batch(const Examples&, const Mapped& a, const Mapped& b, const Mapped& c, const Mapped& d) const {
    if (!a.mapped || !b.mapped || !c.mapped || !d.mapped) return a.value * b.value + c.value * d.value;
    return sum_of_products(a.value, b.value, c.value, d.value);
  }
  Tensor decompose(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) const { return a * b + c * d; }
};

}  // namespace

Tensor sum_of_products(const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) {
  return autograd::apply(SumOfProducts{}, a, b, c, d);
}

std::pair<Tensor, Tensor> product_dual(const Tensor& a, const Tensor& b, const Tensor& da, const Tensor& db) {
  if (!aligned(a, b) || !aligned(da, db)) return {};
  Tensor y = core::make_like(a, "multiply"), dy = core::make_like(a, "multiply");
  core::switch_floating(a.dtype(), [&]<class T>(T) {
    kernels::product_dual(core::elements<const T>(a), core::elements<const T>(b), core::elements<const T>(da),
                          core::elements<const T>(db), core::elements<T>(y), core::elements<T>(dy),
                          core::impl(y)->numel);
  });
  return {std::move(y), std::move(dy)};
}

void describe_sum_of_products(autograd::Registry& to) { to.add<SumOfProducts, 4>(); }

}  // namespace xtape::ops
