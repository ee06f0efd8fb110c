#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

namespace xtape::io {

// The element types of files.
enum class Stored {
  bool_,
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  uint64,
  int64,
  float16,
  bfloat16,
  float32,
  float64
};

std::size_t size_of(Stored type);
Stored stored(DType dtype);
// The type of tensors that holds all its numbers (of uint64 those that int64 does).
DType dtype_of(Stored type);
// Whether the bytes of such elements are those of a tensor. (Those of bool_ may be other than 0 and 1.)
bool is_native(Stored type, std::endian order);

// What every tensor has at most: dimensions, and below this many elements, a length of 0 counted as 1.
inline constexpr std::size_t max_rank = 32;
inline constexpr int64_t max_elements = int64_t{1} << 59;

// Bytes of the elements of an array. `place` is where the shape was found, for the FormatError that refuses one that no
// tensor has.
uint64_t checked_bytes(Stored type, const std::vector<int64_t>& lengths, const std::string& place);

// A tensor with these elements, row by row, of which there are as many as the shape says. @throws FormatError for a
// uint64 that int64 does not hold.
Tensor tensor_of(Stored type, std::endian order, std::span<const std::byte> bytes, const Shape& shape,
                 const std::string& place);

// The elements of a contiguous tensor.
std::span<const std::byte> bytes_of(const Tensor& contiguous);
// Those of a new tensor, to be written.
std::span<std::byte> writable_bytes(const Tensor& contiguous);

// Calls `function` with a number of the type's C++ type.
template <class Function>
decltype(auto) switch_type(DType dtype, Function function) {
  switch (dtype) {
    case DType::bool_:
      return function(bool{});
    case DType::uint8:
      return function(uint8_t{});
    case DType::int32:
      return function(int32_t{});
    case DType::int64:
      return function(int64_t{});
    case DType::float32:
      return function(float{});
    case DType::float64:
      break;
  }
  return function(double{});
}

}  // namespace xtape::io
