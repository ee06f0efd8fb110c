#pragma once

#include <string>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::io {

/// Reads an array that NumPy saved (`numpy.save`): versions 1 to 3, either order of axes and of bytes. Elements: bool,
/// integers of 8 to 64 bits, float16, float32 and float64. Those that xtape lacks become the smallest type that holds
/// them: float16 float32, int8, int16 and uint16 int32, uint32 and uint64 int64.
/// @throws IOError if the file cannot be read; FormatError, naming file, place, expected and found, if it is no such
/// file, damaged, has other elements (objects, structures, texts, complex numbers) or a uint64 that int64 does not
/// hold.
XTAPE_API Tensor load_npy(const std::string& path);

/// Writes an array as `numpy.save` does. A file that is there is replaced when the new one is whole.
/// @throws IOError if it cannot be written; ValueError for an undefined tensor.
XTAPE_API void save_npy(const std::string& path, const Tensor& array);

}  // namespace xtape::io
