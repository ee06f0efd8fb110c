#include <zlib.h>

#include <new>
#include <xtape/detail/png.hpp>

namespace xtape::detail {
namespace {

void append_uint32(std::string& bytes, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
}

void append_chunk(std::string& bytes, const std::string& type, const std::string& content) {
  append_uint32(bytes, static_cast<uint32_t>(content.size()));
  const std::string checked = type + content;
  bytes += checked;
  append_uint32(bytes, static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(checked.data()),
                                                   static_cast<uInt>(checked.size()))));
}

std::string deflated(const std::string& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string result(size, '\0');
  // The buffer is large enough and the level valid: what is left is memory.
  if (compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), Z_BEST_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  result.resize(size);
  return result;
}

}  // namespace

std::string encode_png(int64_t height, int64_t width, int channels, const std::vector<uint8_t>& pixels) {
  std::string header;
  append_uint32(header, static_cast<uint32_t>(width));
  append_uint32(header, static_cast<uint32_t>(height));
  // 8 bits a channel, grey or RGB, deflate, filters by row, no interlace.
  header += std::string("\x08", 1) + (channels == 1 ? '\0' : '\2') + std::string(3, '\0');
  const auto row_size = static_cast<std::size_t>(width * channels);
  std::string rows;
  for (int64_t row = 0; row < height; ++row) {
    rows += '\0';  // no filter
    rows.append(reinterpret_cast<const char*>(pixels.data()) + static_cast<std::size_t>(row) * row_size, row_size);
  }
  std::string bytes = "\x89PNG\r\n\x1a\n";
  append_chunk(bytes, "IHDR", header);
  append_chunk(bytes, "IDAT", deflated(rows));
  append_chunk(bytes, "IEND", "");
  return bytes;
}

}  // namespace xtape::detail
