#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>

#include <xtape/export.hpp>

namespace xtape {

/// Element types of a Tensor, in the order of promotion.
enum class DType : uint8_t { bool_, uint8, int32, int64, float32, float64 };

inline constexpr DType bool_ = DType::bool_;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;

/// NumPy's name: "float32", "bool", ...
XTAPE_API const char* name(DType dtype);
/// Bytes of one element.
inline constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::bool_:
    case DType::uint8:
      return 1;
    case DType::int32:
    case DType::float32:
      return 4;
    case DType::int64:
    case DType::float64:
      return 8;
  }
  return 0;
}
inline constexpr bool is_floating(DType dtype) { return dtype >= DType::float32; }
/// int32, int64 and uint8; not bool.
inline constexpr bool is_integer(DType dtype) { return dtype >= DType::uint8 && dtype <= DType::int64; }

/// The type that holds values of both, by NumPy's table (`numpy.promote_types`): int32 and int64 with
/// float32 give float64, uint8 and bool with float32 give float32.
XTAPE_API DType promote_types(DType a, DType b);

XTAPE_API std::ostream& operator<<(std::ostream& stream, DType dtype);

namespace detail {
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::bool_;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::uint8;
};
template <>
struct DTypeOf<int32_t> {
  static constexpr DType value = DType::int32;
};
template <>
struct DTypeOf<int64_t> {
  static constexpr DType value = DType::int64;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::float32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::float64;
};
}  // namespace detail

/// The DType of a C++ type: bool, uint8_t, int32_t, int64_t, float or double.
template <class T>
inline constexpr DType dtype_of = detail::DTypeOf<T>::value;

}  // namespace xtape
