#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/element.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"

namespace xtape {
namespace {

using Widths = std::vector<std::pair<int64_t, int64_t>>;

// @throws ShapeError unless there is a pair for each axis, ValueError for a negative width.
void check_widths(const char* operation, const Shape& shape, const Widths& widths) {
  if (widths.size() != shape.size()) {
    throw ShapeError(std::string(operation) + ": expected a pair of widths for each axis of shape " + shape.str() +
                     ", got " + std::to_string(widths.size()));
  }
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    if (before < 0 || after < 0) {
      throw ValueError(std::string(operation) + ": widths must not be negative, got " + std::to_string(before) +
                       " and " + std::to_string(after) + " for axis " + std::to_string(i));
    }
  }
}

// The result's shape.
Shape padded_shape(const Shape& shape, const Widths& widths) {
  check_widths("pad", shape, widths);
  Shape padded = shape;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
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

struct Pad {
  static constexpr const char* name = "pad";
  Widths widths;
  Scalar value = 0;

  void attributes(autograd::Attributes& to) const { to("widths", widths), to("value", value); }
  Tensor batch(const ops::Examples&, const ops::Mapped& x) const {
    Widths all = widths;
    all.insert(all.begin(), {0, 0});
    return pad(x.value, all, value);
  }
  autograd::Spec shape(const Tensor& x) const { return {padded_shape(x.shape(), widths), x.dtype()}; }
  void compute(const Tensor& x, const Tensor& y) const {
    const NoGrad no_grad;
    y.fill(value);
    inner_part(y, widths).assign(x);
  }
  void vjp(const autograd::Primals&, const Tensor& g, autograd::Gradients& gradients) const {
    gradients.set(0, inner_part(g, widths));
  }
  Tensor jvp(const autograd::Primals&, const Tensor& dx) const { return pad(dx, widths, 0); }
};

}  // namespace

Tensor pad(const Tensor& x, const Widths& widths, Scalar value) {
  core::check_defined("pad", x);
  core::check_fits("pad", value, x.dtype());
  return autograd::apply(Pad{widths, value}, x);
}

Tensor crop(const Tensor& x, const Widths& widths) {
  core::check_defined("crop", x);
  check_widths("crop", x.shape(), widths);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto [before, after] = widths[i];
    if (core::checked_sum("crop", before, after) > x.shape()[i]) {
      throw ShapeError("crop: cannot take " + std::to_string(before) + " and " + std::to_string(after) +
                       " cells off axis " + std::to_string(i) + " of shape " + x.shape().str());
    }
  }
  return inner_part(x, widths);
}

void ops::describe_pad(autograd::Registry& to) { to.add<Pad, 1>(); }

}  // namespace xtape
