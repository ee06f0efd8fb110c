#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

namespace xtape::io {

// The content of a file, plain or gzipped (told by its first two bytes), from front to back.
class ByteReader {
 public:
  // Throws IOError if `path` is not a file that can be read.
  explicit ByteReader(const std::string& path);
  ~ByteReader();
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;

  // Reads `size` bytes of content, or those left if they are fewer, and returns how many. Throws FormatError
  // where a gzip file is damaged or cut off.
  std::size_t read(void* destination, std::size_t size);

  // Length of the content; a gzip file is unpacked once to learn it, in pieces that are thrown away.
  static uint64_t content_size(const std::string& path);

 private:
  std::size_t inflate_into(unsigned char* destination, std::size_t size);
  void fill_buffer();
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;

  std::string path_;
  std::ifstream file_;
  bool gzipped_ = false;
  bool member_open_ = false;     // within one of the members that a gzip file consists of
  z_stream stream_{};            // its input lies in buffer_
  uint64_t bytes_buffered_ = 0;  // of the file, so far
  std::array<unsigned char, 1 << 16> buffer_;
};

}  // namespace xtape::io
