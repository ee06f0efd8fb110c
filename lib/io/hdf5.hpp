#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "io/array_group.hpp"

namespace xtape::io {

// HDF5 files as h5py writes them, which Keras's `.weights.h5` and `.h5` are. Groups are in the order of creation where
// the file keeps that, else of their names. Attributes that were split for their size (`layer_names0`, `layer_names1`,
// ...) come as one, `layer_names`. float16 is converted to float32, integers that xtape lacks to the next larger type.
//
// The file is not trusted: it is read without opening another file, without filters but gzip, shuffle and fletcher32,
// and what it declares is compared with its size before memory is asked for.
//
// All throw ValueError, naming XTAPE_WITH_HDF5, in a build without HDF5.

// @throws IOError if the file cannot be read; FormatError, naming file, place within it, expected and found.
ArrayGroup read_hdf5(const std::string& path);
// The same of a file's content. @throws FormatError.
ArrayGroup read_hdf5_image(std::span<const std::byte> image, const std::string& name_for_errors);
// The content of a file that holds the group, with attributes as h5py writes them: fixed-length UTF-8 for lists of
// strings, split where they are longer than an attribute may be; variable-length UTF-8 for single ones, also where that
// is longer. @throws ValueError for names that are empty or ".", given twice or have a '/' or zero byte.
std::vector<std::byte> hdf5_image(const ArrayGroup& group);

}  // namespace xtape::io
