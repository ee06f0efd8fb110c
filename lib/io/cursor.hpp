#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace xtape::io {

// Where a structure of a file is read, from front to back; numbers are little-endian.
class Cursor {
 public:
  // `place` says what the bytes are, for errors; they begin at `offset` of the file.
  Cursor(std::span<const std::byte> bytes, uint64_t offset, const std::string& place)
      : bytes_(bytes), offset_(offset), place_(&place) {}

  // @throws FormatError, which names place and offset.
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const;
  void expect(bool holds, const std::string& expected, uint64_t found) const {
    if (!holds) fail(expected, std::to_string(found));
  }

  // In these it also throws where the bytes end.
  std::span<const std::byte> take(std::size_t count);
  uint64_t number(std::size_t bytes);
  uint64_t u8() { return number(1); }
  uint64_t u16() { return number(2); }
  uint64_t u32() { return number(4); }
  uint64_t u64() { return number(8); }
  void skip(std::size_t count) { take(count); }
  // A cursor over the next bytes, which are taken.
  Cursor part(std::size_t count);
  // A text that ends with a zero byte, which is taken too.
  std::string_view text();

  std::size_t left() const { return bytes_.size() - position_; }
  uint64_t offset() const { return offset_ + position_; }
  const std::string& place() const { return *place_; }

 private:
  std::span<const std::byte> bytes_;
  uint64_t offset_;
  const std::string* place_;
  std::size_t position_ = 0;
};

}  // namespace xtape::io
