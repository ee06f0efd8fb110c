#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <xtape/tensor.hpp>

namespace xtape::io {

// The array in the content of a `.npy` file. @throws FormatError, which names the file.
Tensor read_npy(std::span<const std::byte> content, const std::string& file);

// What stands before the elements of an array.
std::string npy_header(const Tensor& array);

}  // namespace xtape::io
