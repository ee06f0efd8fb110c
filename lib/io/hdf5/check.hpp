#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace xtape::io {

// Looks through the structures of an HDF5 file before the library reads it. The library trusts them: of damaged files
// it reads memory that is not theirs, allocates what they ask for, or never ends. What passes has
// - only structures that h5py and Keras write: the file format of HDF5 1.6 to 1.8, without links but those of groups to
//   their own objects (in a table, or a few in messages), without types but numbers, truth values and texts, filters
//   but gzip, shuffle and fletcher32;
// - each byte in one structure or array at most. So nothing can hold itself or be read twice, and all that is read is
//   no more than the file, or than its packed chunks unpack to, which is at most `most_unpacked`.
// @throws FormatError, naming file, place, offset, expected and found.
void check_hdf5(std::span<const std::byte> file, const std::string& name, uint64_t most_unpacked);

}  // namespace xtape::io
