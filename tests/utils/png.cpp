#include <zlib.h>

#include <xtape/detail/png.hpp>

#include "catch.hpp"

using xtape::detail::encode_png;

namespace {

uint32_t number_at(const std::string& bytes, std::size_t place) {
  uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes.at(place + i));
  return number;
}

// The contents of the chunks by type, whose checksums are looked at.
std::string chunk(const std::string& png, const std::string& type) {
  for (std::size_t place = 8; place < png.size();) {
    const std::size_t size = number_at(png, place);
    const std::string checked = png.substr(place + 4, size + 4);
    CHECK(number_at(png, place + 8 + size) ==
          crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size())));
    if (checked.substr(0, 4) == type) return checked.substr(4);
    place += 12 + size;
  }
  FAIL("no chunk " + type);
  return "";
}

}  // namespace

TEST_CASE("a PNG has its size, kind and pixels, and ends") {
  const std::string png = encode_png(2, 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18});
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(chunk(png, "IHDR") == std::string("\0\0\0\3\0\0\0\2\x08\2\0\0\0", 13));
  CHECK(chunk(png, "IEND").empty());
  const std::string packed = chunk(png, "IDAT");
  std::string rows(20, '\xff');
  uLongf size = rows.size();
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size, reinterpret_cast<const Bytef*>(packed.data()),
                     static_cast<uLong>(packed.size())) == Z_OK);
  CHECK(size == 20);
  CHECK(rows == std::string("\0\1\2\3\4\5\6\7\x08\x09\0\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12", 20));
  CHECK(chunk(encode_png(1, 1, 1, {7}), "IHDR")[9] == '\0');
}
