#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/checks.hpp"
#include "ops/normalization/scaled_to_norm.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {

Tensor normalize(const Tensor& given, const Axes& axes, double order, double epsilon) {
  core::check_defined("normalize", given);
  detail::check_number("normalize", "order", order, detail::Range::positive);
  detail::check_number("normalize", "epsilon", epsilon, detail::Range::finite_and_positive);
  const Tensor x = ops::floating("normalize", given);
  return ops::in_operation("normalize", [&] {
    // Of zeros: the product with 1 / epsilon, and no derivative of the square root.
    if (order == 2) {
      const Tensor scale = minimum(rsqrt(sum(square(x.detach()), axes, true)), 1 / epsilon);
      return ops::scaled_to_norm(x, scale, axes, 1, 0, 1 / epsilon);
    }
    const Tensor size = abs(x);
    const Tensor norm = order == 1          ? sum(size, axes, true)
                        : std::isinf(order) ? max(size, axes, true)
                                            : power(sum(power(size, order), axes, true), 1 / order);
    return x / maximum(norm, epsilon);
  });
}

}  // namespace xtape
