#include <algorithm>
#include <utility>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/image.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/checks.hpp"
#include "ops/image/resample.hpp"
#include "ops/support/checked_product.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

using ops::Filter;

Filter filter_named(const char* operation, const std::string& name) {
  constexpr Filter filters[] = {Filter::nearest, Filter::bilinear, Filter::bicubic, Filter::lanczos3, Filter::lanczos5};
  std::string known;
  for (const Filter filter : filters) {
    if (name == ops::name_of(filter)) return filter;
    known += (known.empty() ? "" : ", ") + std::string(ops::name_of(filter));
  }
  throw ValueError(std::string(operation) + ": unknown interpolation '" + name + "'; known are " + known);
}

// `option` has a number for each of the spatial axes of x.
void check_axes(const char* operation, const Tensor& x, const char* option, const std::vector<int64_t>& numbers) {
  core::check_defined(operation, x);
  if (numbers.empty() || numbers.size() > 3) {
    throw ValueError(std::string(operation) + ": " + option + " must have one to three numbers, given " +
                     std::to_string(numbers.size()));
  }
  if (x.shape().size() != numbers.size() + 2) {
    throw ShapeError(std::string(operation) + ": expected x " + detail::spatial_axes(numbers.size()) + " for " +
                     std::to_string(numbers.size()) + (numbers.size() == 1 ? " number" : " numbers") + " in " + option +
                     ", got " + x.shape().str());
  }
  detail::check_positive(operation, option, numbers);
}

// x with the given lengths along the spatial axes.
Tensor resized(const char* operation, Tensor x, const std::vector<int64_t>& size, Filter filter, bool antialias) {
  core::check_floating(operation, x);
  const Shape shape = x.shape();
  if (std::find(shape.begin() + 1, shape.end() - 1, 0) != shape.end() - 1) {
    throw ShapeError(std::string(operation) + ": there are no pixels in x " + shape.str());
  }
  // Shrink first: what comes then has less to do.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < size.size(); ++i) {
    if (size[i] != shape[i + 1]) order.push_back(i);
  }
  const auto factor = [&](std::size_t i) { return static_cast<double>(size[i]) / static_cast<double>(shape[i + 1]); };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return factor(a) < factor(b); });
  return ops::in_operation(operation, [&] {
    for (const std::size_t i : order) x = ops::resample(x, static_cast<int>(i) + 1, size[i], filter, antialias);
    return x;
  });
}

}  // namespace

Tensor resize(const Tensor& x, const std::vector<int64_t>& size, const ResizeOptions& options) {
  check_axes("resize", x, "size", size);
  return resized("resize", x, size, filter_named("resize", options.interpolation), options.antialias);
}

Tensor upsample(const Tensor& x, const std::vector<int64_t>& factors, const std::string& interpolation) {
  check_axes("upsample", x, "factors", factors);
  const Filter filter = filter_named("upsample", interpolation);
  std::vector<int64_t> size;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    size.push_back(ops::checked_product("upsample", x.shape()[i + 1], factors[i]));
  }
  if (filter != Filter::nearest) return resized("upsample", x, size, filter, false);
  Tensor y = x;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (factors[i] > 1) y = repeat(y, factors[i], static_cast<int>(i) + 1);
  }
  return y;
}

}  // namespace xtape
