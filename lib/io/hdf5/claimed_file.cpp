#include "io/hdf5/claimed_file.hpp"

#include <iterator>
#include <xtape/error.hpp>

namespace xtape::io::hdf5 {

Cursor ClaimedFile::claim(uint64_t address, uint64_t bytes, const std::string& place) {
  if (bytes > bytes_.size() || address > bytes_.size() - bytes) {
    throw FormatError(place + ": expected " + std::to_string(bytes) + " bytes at offset " + std::to_string(address) +
                      ", found a file of " + std::to_string(bytes_.size()));
  }
  if (bytes > 0) {
    const auto next = taken_.lower_bound(address);
    const bool meets_next = next != taken_.end() && next->first < address + bytes;
    const bool meets_last = next != taken_.begin() && std::prev(next)->second > address;
    if (meets_next || meets_last) {
      throw FormatError(
          place + ": expected bytes of its own at offset " + std::to_string(address) +
          ", found those of something else (as where a group holds itself or two links lead to one object)");
    }
    taken_.emplace_hint(next, address, address + bytes);
  }
  return {bytes_.subspan(address, bytes), address, place};
}

void ClaimedFile::claim_unpacked(uint64_t bytes, const std::string& place) {
  if (bytes > unpacked_left_) {
    throw FormatError(place + ": expected chunks of together no more bytes than a file can have that was packed " +
                      "once, found " + std::to_string(bytes) + " where " + std::to_string(unpacked_left_) +
                      " are left");
  }
  unpacked_left_ -= bytes;
}

}  // namespace xtape::io::hdf5
