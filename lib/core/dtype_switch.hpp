#pragma once

#include <xtape/dtype.hpp>

#include <cstdint>

// From a DType to the C++ type of its elements. No switch has a default: the compiler names each one that a new type is
// missing in.
namespace xtape::core {

// @throws DTypeError.
[[noreturn]] void throw_not_floating(DType dtype);

// Calls body(T{}) with T = float or double. @throws DTypeError if `dtype` is neither: operations check before.
template <class Body>
decltype(auto) switch_floating(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::float32:
      return body(float{});
    case DType::float64:
      return body(double{});
    case DType::bool_:
    case DType::uint8:
    case DType::int32:
    case DType::int64:
      break;
  }
  throw_not_floating(dtype);
}

// Calls body(T{}) with the C++ type of `dtype`.
template <class Body>
decltype(auto) switch_dtype(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::bool_:
      return body(bool{});
    case DType::uint8:
      return body(uint8_t{});
    case DType::int32:
      return body(int32_t{});
    case DType::int64:
      return body(int64_t{});
    case DType::float32:
      return body(float{});
    case DType::float64:
      return body(double{});
  }
  __builtin_unreachable();
}

}  // namespace xtape::core
