#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include <xtape/dtype.hpp>

namespace xtape {

template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

/// A C++ number as an operand. It does not widen a tensor of its own kind: `x + 2.0` keeps a float32 x
/// float32, and `i + 2` keeps an int32 i int32 (NumPy 2's rule for Python numbers).
class Scalar {
 public:
  template <Arithmetic T>
  constexpr Scalar(T value) : kind_(std::is_same_v<T, bool>        ? Kind::boolean
                                    : std::is_floating_point_v<T> ? Kind::floating
                                                                  : Kind::integer) {
    if constexpr (std::is_floating_point_v<T>) {
      floating_ = static_cast<double>(value);
      integer_ = 0;
    } else {
      floating_ = static_cast<double>(value);
      integer_ = static_cast<int64_t>(value);
    }
  }

  constexpr bool is_floating() const { return kind_ == Kind::floating; }
  constexpr bool is_bool() const { return kind_ == Kind::boolean; }
  /// The value converted to T.
  template <Arithmetic T>
  constexpr T to() const {
    return kind_ == Kind::floating ? static_cast<T>(floating_) : static_cast<T>(integer_);
  }
  /// The type of a 0-dimensional tensor made of it: bool, int64 or float32.
  constexpr DType dtype() const {
    return kind_ == Kind::boolean ? DType::bool_ : kind_ == Kind::integer ? DType::int64 : DType::float32;
  }

 private:
  enum class Kind : uint8_t { boolean, integer, floating };
  Kind kind_;
  double floating_;
  int64_t integer_;
};

/// The type of an operation between a tensor of type `dtype` and a number: `dtype`, unless the number's
/// kind is higher (a floating number with an integer tensor gives float32 for bool and uint8, float64 for
/// int32 and int64; an integer number with a bool tensor gives int64).
XTAPE_API DType promote_types(DType dtype, Scalar scalar);

}  // namespace xtape
