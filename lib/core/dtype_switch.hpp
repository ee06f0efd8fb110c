#pragma once

#include <xtape/dtype.hpp>

#include <cstdint>

namespace xtape::core {

// Calls body(T{}) with T = float or double; `dtype` must be one of them.
template <class Body>
decltype(auto) switch_floating(DType dtype, Body&& body) {
  if (dtype == DType::float32) return body(float{});
  return body(double{});
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
    default:
      return body(double{});
  }
}

}  // namespace xtape::core
