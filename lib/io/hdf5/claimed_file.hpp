#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "io/cursor.hpp"

namespace xtape::io::hdf5 {

// A file in which each structure has bytes of its own. So nothing can hold itself or be read twice.
class ClaimedFile {
 public:
  // Its packed chunks are to unpack to no more than `most_unpacked` bytes.
  ClaimedFile(std::span<const std::byte> bytes, uint64_t most_unpacked)
      : bytes_(bytes), unpacked_left_(most_unpacked) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  // Leaves out what is behind the end that the file names.
  void end_at(uint64_t end) { bytes_ = bytes_.first(end); }
  // The bytes of a structure. @throws FormatError where the file ends before them, or another one has some of them.
  Cursor claim(uint64_t address, uint64_t bytes, const std::string& place);
  // Before a chunk is unpacked to so many bytes. @throws FormatError.
  void claim_unpacked(uint64_t bytes, const std::string& place);

 private:
  std::span<const std::byte> bytes_;
  uint64_t unpacked_left_;
  std::map<uint64_t, uint64_t> taken_;  // begins and ends
};

}  // namespace xtape::io::hdf5
