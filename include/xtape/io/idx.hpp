#pragma once

#include <string>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::io {

/// Reads an array from an IDX file, the format of MNIST, plain or gzipped. Element types: uint8, int32,
/// float32 and float64 (big-endian in the file). The sizes in the header are checked against the length of
/// the content before anything of that size is allocated.
/// @throws IOError if the file cannot be read; FormatError, naming file, offset in the (unpacked) content,
/// expected and found, if it is truncated, too long, damaged or no IDX file.
XTAPE_API Tensor load_idx(const std::string& path);

}  // namespace xtape::io
