#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "io/elements.hpp"

namespace xtape::io {

// What a `.npy` file says of its elements.
struct NpyHeader {
  Stored type;
  std::endian order;
  std::vector<int64_t> lengths;
  bool fortran_order;
  std::size_t elements_offset;
};

// How much of a file has its header.
inline constexpr std::size_t max_npy_header = (1 << 16) + 12;
// The header of a file of so many bytes that begins so, which are those that its elements take. @throws FormatError,
// which names the file.
NpyHeader read_npy_header(std::span<const std::byte> beginning, uint64_t file_bytes, const std::string& file);

// The array in the content of a `.npy` file. @throws FormatError, which names the file.
Tensor read_npy(std::span<const std::byte> content, const std::string& file);

// What stands before the elements of an array.
std::string npy_header(const Tensor& array);

}  // namespace xtape::io
