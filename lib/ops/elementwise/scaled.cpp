#include "ops/elementwise/scaled.hpp"

#include "ops/elementwise/binary.hpp"
#include "ops/registry.hpp"

namespace xtape::ops {
namespace {

template <class Formula>
struct Scaled {
  static constexpr const char* name =
      std::is_same_v<Formula, formulas::ScaledSlope> ? "scaled_slope" : "scaled_quotient";
  static constexpr bool elementwise = true;

  Tensor quick(const Tensor& g, const Tensor& slope) const { return binary_quick<Formula>(g, slope); }
  autograd::Spec shape(const Tensor& g, const Tensor& slope) const {
    return {broadcast_shapes(g.shape(), slope.shape(), name), g.dtype()};
  }
  void compute(const Tensor& g, const Tensor& slope, const Tensor& y) const { binary_compute<Formula>(g, slope, y); }
  Tensor decompose(const Tensor& g, const Tensor& slope) const { return Formula::value(g, slope); }
};

}  // namespace

Tensor scaled_slope(const Tensor& g, const Tensor& slope) {
  return autograd::apply(Scaled<formulas::ScaledSlope>{}, g, slope);
}

Tensor scaled_quotient(const Tensor& g, const Tensor& divisor) {
  return autograd::apply(Scaled<formulas::ScaledQuotient>{}, g, divisor);
}

void describe_scaled(autograd::Registry& to) {
  to.add<Scaled<formulas::ScaledSlope>, 2>();
  to.add<Scaled<formulas::ScaledQuotient>, 2>();
}

}  // namespace xtape::ops
