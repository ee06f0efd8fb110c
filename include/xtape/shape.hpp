#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>
#include <xtape/detail/argument.hpp>
#include <xtape/detail/inline_vector.hpp>
#include <xtape/export.hpp>

namespace xtape {

/// The lengths of a tensor's dimensions; also used for strides (in elements). Up to six dimensions are
/// held in place, more on the heap. A 0-dimensional shape `{}` has one element.
class XTAPE_API Shape : public detail::InlineVector<int64_t, 6> {
 public:
  using InlineVector::InlineVector;

  /// Number of dimensions.
  int rank() const noexcept { return static_cast<int>(size()); }
  /// Product of the lengths; 1 for a 0-dimensional shape. @throws ShapeError if int64 does not hold it.
  int64_t numel() const {
    int64_t count = 1;
    bool fits = true;
    for (const int64_t length : *this) fits &= !__builtin_mul_overflow(count, length, &count);
    if (!fits) [[unlikely]]
      return large_numel();
    return count;
  }
  /// `[2, 3]`, as it appears in error messages.
  std::string str() const;

 private:
  // The product where it passes int64 on the way: 0 if a length is.
  int64_t large_numel() const;
};

XTAPE_API std::ostream& operator<<(std::ostream& stream, const Shape& shape);

/// The shape that `a` and `b` broadcast to, by NumPy's rule.
/// @throws ShapeError naming `operation` and both shapes if they do not.
XTAPE_API Shape broadcast_shapes(const Shape& a, const Shape& b, const char* operation = "broadcast_shapes");

/// One axis; negative ones count from the end.
using Axis = detail::WholeArgument<int>;
/// How many there are of something, or how long it is.
using Count = detail::WholeArgument<int64_t>;

/// The axes of a reduction: all of them by default, one (`sum(x, 0)`) or several (`sum(x, {0, -1})`).
/// Negative axes count from the end.
class XTAPE_API Axes {
 public:
  /// All axes.
  Axes() = default;
  template <std::convertible_to<Axis> One>
  Axes(One axis) : all_(false), values_{Axis(axis)} {}
  /// `sum(x, true)` would be axis 1; keepdims is the argument behind the axes: `sum(x, {}, true)`.
  template <std::same_as<bool> Truth>
  Axes(Truth keepdims) = delete;
  Axes(std::initializer_list<Axis> axes) : all_(false), values_(axes.begin(), axes.end()) {}
  Axes(const std::vector<int>& axes) : all_(false), values_(axes.begin(), axes.end()) {}

  bool all() const noexcept { return all_; }
  const detail::InlineVector<int, 6>& values() const noexcept { return values_; }

 private:
  bool all_ = true;
  detail::InlineVector<int, 6> values_;
};

}  // namespace xtape
