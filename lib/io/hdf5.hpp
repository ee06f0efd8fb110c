#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/array_group.hpp"
#include "io/content.hpp"

namespace xtape::io {

// How many groups in one another are read and written, with the file's own.
inline constexpr int max_hdf5_depth = 64;
// What a path within a file has at most: the name of one group is a part of the paths of all that it holds.
inline constexpr std::size_t max_hdf5_path = 4096;

// HDF5 files as h5py writes them by default, which Keras's `.weights.h5` and `.h5` are. Groups and arrays come in the
// order of their names, as h5py lists them. Attributes that were split for their size (`layer_names0`, `layer_names1`,
// ...) come as one, `layer_names`; those that are neither texts, a list of them nor a number are left out. float16 and
// bfloat16 are converted to float32, integers that xtape lacks to the next larger type.
//
// The file is not trusted: its structures are looked through before the library reads them (hdf5/check.hpp).
//
// All throw ValueError, naming XTAPE_WITH_HDF5, in a build without HDF5.

// What the packed chunks of a file may unpack to, if it takes so many bytes: deflate makes up to 1032 of one. What was
// packed as a whole too, and is to be measured by that, would unpack to a million times its size.
inline constexpr uint64_t most_unpacked_of(uint64_t bytes) { return (uint64_t{64} << 20) + 1032 * bytes; }

// @throws IOError if the file cannot be read; FormatError, naming file, place within it, expected and found.
ArrayGroup read_hdf5(const std::string& path);
// The same of a file's content, whose packed chunks may unpack to `most_unpacked` bytes. @throws FormatError.
ArrayGroup read_hdf5_image(std::span<const std::byte> image, const std::string& name_for_errors,
                           uint64_t most_unpacked);
inline ArrayGroup read_hdf5_image(std::span<const std::byte> image, const std::string& name_for_errors) {
  return read_hdf5_image(image, name_for_errors, most_unpacked_of(image.size()));
}
// Whether a file that begins so may be one of HDF5: the rest need not be unpacked else. @throws FormatError.
void check_hdf5_signature(std::span<const std::byte> beginning, const std::string& name_for_errors);
// The content of a file that holds the group, in which the elements of contiguous tensors are these tensors' own. With
// attributes as h5py writes them: texts of variable length in UTF-8; lists of them are split where Keras splits them.
// @throws ValueError for names that are empty or ".", given twice or have a '/' or zero byte, for texts with a zero
// byte, and for longer paths and more groups in one another than are read.
Content hdf5_content(const ArrayGroup& group);

}  // namespace xtape::io
