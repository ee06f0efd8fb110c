#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace xtape::io {

// The content of a file in memory, of which the system reads what is looked at. It can be written to: changes stay in
// memory. Nobody may shorten the file meanwhile; a file that is replaced (AtomicFile) stays as it was here.
class MappedFile {
 public:
  // Throws IOError if `path` is not a file that can be read.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace xtape::io
