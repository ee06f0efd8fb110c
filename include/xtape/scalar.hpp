#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <xtape/detail/convert.hpp>
#include <xtape/dtype.hpp>

namespace xtape {

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

/// A C++ number as an operand. It does not widen a tensor of its own kind: `x + 2.0` keeps a float32 x
/// float32, and `i + 2` keeps an int32 i int32 (NumPy 2's rule for Python numbers). Where it becomes an element, it
/// has to fit into the type: see `fits`.
class XTAPE_API Scalar {
 public:
  template <Arithmetic T>
  constexpr Scalar(T value) : kind_(kind_of(value)), floating_(static_cast<double>(value)) {
    // The bits of a large integer; its kind says that they are not negative.
    if constexpr (!std::is_floating_point_v<T>) integer_ = static_cast<int64_t>(value);
  }

  constexpr bool is_floating() const { return kind_ == Kind::floating; }
  constexpr bool is_bool() const { return kind_ == Kind::boolean; }
  /// The value converted to T, as `Tensor::astype` converts elements: whether it fits or not.
  template <Arithmetic T>
  constexpr T to() const {
    if (kind_ == Kind::floating) return detail::convert<T>(floating_);
    if (kind_ == Kind::large_integer) return detail::convert<T>(static_cast<uint64_t>(integer_));
    return detail::convert<T>(integer_);
  }
  /// Whether an element of type T can be this number: an integer takes whole numbers in its range, also floating ones;
  /// float and double take every number, which they round; bool takes every number but NaN, for its truth.
  template <Arithmetic T>
  constexpr bool fits() const {
    if constexpr (std::is_floating_point_v<T>) {
      return true;
    } else if constexpr (std::is_same_v<T, bool>) {
      return floating_ == floating_;
    } else {
      if (kind_ == Kind::large_integer) return std::in_range<T>(static_cast<uint64_t>(integer_));
      if (kind_ != Kind::floating) return std::in_range<T>(integer_);
      // A power of two, which a double is exactly: the first number above.
      constexpr double beyond = 2 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
      return floating_ < beyond && static_cast<double>(detail::convert<T>(floating_)) == floating_;
    }
  }
  /// The type of a 0-dimensional tensor made of it: bool, int64 or float32.
  constexpr DType dtype() const {
    return kind_ == Kind::boolean ? DType::bool_ : kind_ == Kind::floating ? DType::float32 : DType::int64;
  }
  /// `300`, `2.5`, `nan`, `true`.
  std::string str() const;

 private:
  enum class Kind : uint8_t { boolean, integer, large_integer, floating };

  template <class T>
  static constexpr Kind kind_of(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      return Kind::boolean;
    } else if constexpr (std::is_floating_point_v<T>) {
      return Kind::floating;
    } else {
      return std::is_unsigned_v<T> && static_cast<uint64_t>(value) >> 63 ? Kind::large_integer : Kind::integer;
    }
  }

  Kind kind_;
  double floating_;
  int64_t integer_ = 0;
};

/// The type of an operation between a tensor of type `dtype` and a number: `dtype`, unless the number's
/// kind is higher (a floating number with an integer tensor gives float32 for bool and uint8, float64 for
/// int32 and int64; an integer number with a bool tensor gives int64).
XTAPE_API DType promote_types(DType dtype, Scalar scalar);

}  // namespace xtape
