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
  explicit ClaimedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  // Leaves out what is behind the end that the file names.
  void end_at(uint64_t end) { bytes_ = bytes_.first(end); }
  // The bytes of a structure. @throws FormatError where the file ends before them, or another one has some of them.
  Cursor claim(uint64_t address, uint64_t bytes, const std::string& place);

 private:
  std::span<const std::byte> bytes_;
  std::map<uint64_t, uint64_t> taken_;  // begins and ends
};

}  // namespace xtape::io::hdf5
