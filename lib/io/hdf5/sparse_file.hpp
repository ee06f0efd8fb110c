#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>

#include "io/hdf5/handle.hpp"

namespace xtape::io {

// A file of the HDF5 library in memory, which takes memory for what is written alone: the structures of a file take
// little, and arrays whose elements are not written take none.
class SparseFile {
 public:
  SparseFile();
  ~SparseFile();
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;

  // A new file, negative if there is none. It is closed before this goes.
  hid_t create();

  // What the library has given to structures and arrays: those of a file that is closed end there.
  uint64_t size() const { return size_; }
  // Zeros where nothing was written.
  void read(uint64_t address, std::span<std::byte> to) const;

 private:
  static constexpr std::size_t page_bytes = 4096;
  using Page = std::array<std::byte, page_bytes>;
  struct Driver;

  void write(uint64_t address, std::span<const std::byte> from);

  hid_t driver_;
  uint64_t size_ = 0;
  uint64_t written_ = 0;  // the end of it
  std::map<uint64_t, std::unique_ptr<Page>> pages_;
};

}  // namespace xtape::io
