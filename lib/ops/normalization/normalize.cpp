#include <algorithm>
#include <cmath>
#include <limits>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/unit_of.hpp>
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
    const bool single = x.dtype() == DType::float32;
    // Of zeros: the product with 1 / epsilon, and no derivative of the square root.
    if (order == 2) {
      const double most = std::min(1 / epsilon, std::numeric_limits<double>::max());
      const Tensor scale = minimum(rsqrt(sum(square(x.detach()), axes, true)), most);
      return ops::scaled_to_norm(x, scale, axes, 1, 0, most).first;
    }
    const double smallest = single ? std::numeric_limits<float>::min() : std::numeric_limits<double>::min();
    if (std::isinf(order)) return x / maximum(max(abs(x), axes, true), std::max(epsilon, smallest));
    const double range = std::exp2((single ? 64 : 512) / std::max(order, 1.0));
    const Tensor unit = detail::unit_of(x, axes, 1 / range, range), in_units = x / unit, size = abs(in_units);
    const Tensor norm = order == 1 ? sum(size, axes, true) : power(sum(power(size, order), axes, true), 1 / order);
    return in_units / maximum(norm, maximum(epsilon / unit, smallest));
  });
}

}  // namespace xtape
