#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/element.hpp"

namespace xtape {
namespace {

using Widths = std::vector<std::pair<int64_t, int64_t>>;

// The result's shape.
Shape padded_shape(const Shape& shape, const Widths& widths) {
  if (widths.size() != shape.size()) {
    throw ShapeError("pad: expected a pair of widths for each axis of shape " + shape.str() + ", got " +
                     std::to_string(widths.size()));
  }
  Shape padded = shape;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    if (before < 0 || after < 0) {
      throw ValueError("pad: widths must not be negative, got " + std::to_string(before) + " and " +
                       std::to_string(after) + " for axis " + std::to_string(i));
    }
    padded[i] = core::checked_sum("pad", padded[i], core::checked_sum("pad", before, after));
  }
  core::check_shape("pad", padded);
  return padded;
}

// What lies inside the padding.
Tensor inner_part(Tensor padded, const Widths& widths) {
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    if (before + after > 0) {
      padded = padded.slice(static_cast<int>(i), {before, padded.shape()[i] - after});
    }
  }
  return padded;
}

}  // namespace

Tensor pad(const Tensor& x, const Widths& widths, Scalar value) {
  core::check_defined("pad", x);
  const Shape shape = padded_shape(x.shape(), widths);
  core::check_fits("pad", value, x.dtype());

  Tensor y = core::make_tensor(shape, x.dtype(), "pad");
  y.fill(value);
  {
    const NoGrad no_grad;
    inner_part(y, widths).assign(x);
  }

  if (autograd::needs_grad(x)) {
    autograd::record("pad", y, autograd::Inputs{x}, [widths](const Tensor& g, autograd::Gradients& gradients) {
      gradients.set(0, inner_part(g, widths));
    });
  }
  return y;
}

}  // namespace xtape
