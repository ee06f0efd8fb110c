#pragma once

#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

namespace xtape::detail {

/// A type of whole numbers, as an argument may have: integers, characters and unscoped enumerations, but no truth values.
template <class T>
concept WholeNumber = (std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>) ||
                      (std::is_enum_v<T> && std::convertible_to<T, long long>);

/// The number in the widest type of its sign.
template <WholeNumber T>
constexpr auto widest(T number) noexcept {
  if constexpr (std::is_unsigned_v<T>) {
    return static_cast<unsigned long long>(number);
  } else {
    return static_cast<long long>(number);
  }
}

/// A whole number as an argument. What C++ would make one in silence does not compile: a truth value is meant for the
/// argument behind it (`argmax(x, true)` would be axis 1), and a floating number would lose its fraction. A number that
/// `Number` does not hold, such as -1 as a size_t, becomes the nearest one, which is beyond every tensor.
template <std::integral Number>
class WholeArgument {
 public:
  template <WholeNumber T>
  constexpr WholeArgument(T number) noexcept : number_(nearest(widest(number))) {}
  template <std::same_as<bool> Truth>
  WholeArgument(Truth not_a_number) = delete;
  constexpr operator Number() const noexcept { return number_; }

 private:
  using Limits = std::numeric_limits<Number>;
  template <class Wide>
  static constexpr Number nearest(Wide number) noexcept {
    if (std::in_range<Number>(number)) return static_cast<Number>(number);
    return std::cmp_less(number, 0) ? Limits::min() : Limits::max();
  }

  Number number_;
};

}  // namespace xtape::detail
