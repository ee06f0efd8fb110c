#include "io/cursor.hpp"

#include <algorithm>
#include <xtape/error.hpp>

namespace xtape::io {

void Cursor::fail(const std::string& expected, const std::string& found) const {
  throw FormatError(*place_ + ", offset " + std::to_string(offset()) + ": expected " + expected + ", found " + found);
}

std::span<const std::byte> Cursor::take(std::size_t count) {
  if (count > left()) fail(std::to_string(count) + " more bytes", std::to_string(left()));
  position_ += count;
  return bytes_.subspan(position_ - count, count);
}

uint64_t Cursor::number(std::size_t bytes) {
  uint64_t value = 0;
  int shift = 0;
  for (const std::byte byte : take(bytes)) {
    value |= std::to_integer<uint64_t>(byte) << shift;
    shift += 8;
  }
  return value;
}

Cursor Cursor::part(std::size_t count) {
  const uint64_t begin = offset();
  return {take(count), begin, *place_};
}

std::string_view Cursor::text() {
  const std::span<const std::byte> rest = bytes_.subspan(position_);
  const auto end = std::find(rest.begin(), rest.end(), std::byte{0});
  if (end == rest.end()) fail("a text with an end", "none");
  const auto size = static_cast<std::size_t>(end - rest.begin());
  skip(size + 1);
  return {reinterpret_cast<const char*>(rest.data()), size};
}

}  // namespace xtape::io
