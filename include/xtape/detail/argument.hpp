#pragma once

#include <concepts>
#include <limits>
#include <utility>

namespace xtape::detail {

/// A whole number as an argument. What C++ would make one in silence does not compile: a truth value is meant for the
/// argument behind it (`argmax(x, true)` would be axis 1), and a floating number would lose its fraction. A number that
/// `Number` does not hold, such as -1 as a size_t, becomes the nearest one, which is beyond every tensor.
template <std::integral Number>
class WholeArgument {
 public:
  template <std::integral T>
  requires(!std::same_as<T, bool>) constexpr WholeArgument(T number) noexcept : number_(nearest(number)) {}
  template <std::same_as<bool> Truth>
  WholeArgument(Truth not_a_number) = delete;
  constexpr operator Number() const noexcept { return number_; }

 private:
  using Limits = std::numeric_limits<Number>;
  template <std::integral T>
  static constexpr Number nearest(T number) noexcept {
    if (std::in_range<Number>(number)) return static_cast<Number>(number);
    return std::cmp_less(number, 0) ? Limits::min() : Limits::max();
  }

  Number number_;
};

}  // namespace xtape::detail
