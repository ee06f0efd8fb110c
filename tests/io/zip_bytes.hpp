#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

// An entry of a zip archive as it is written, whether it is true or not.
struct RawEntry {
  std::string name;
  std::string packed;
  uint16_t method = 0;  // 8: deflated
  uint32_t size = 0;    // unpacked
  uint32_t crc = 0;
  uint16_t flags = 0;
};

inline RawEntry stored_entry(const std::string& name, const std::string& content) {
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  return {name, content, 0, static_cast<uint32_t>(content.size()), static_cast<uint32_t>(crc)};
}

inline RawEntry deflated_entry(const std::string& name, const std::string& content) {
  RawEntry entry = stored_entry(name, content);
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  entry.packed.resize(deflateBound(&stream, static_cast<uLong>(content.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(entry.packed.data());
  stream.avail_out = static_cast<uInt>(entry.packed.size());
  deflate(&stream, Z_FINISH);
  entry.packed.resize(stream.total_out);
  deflateEnd(&stream);
  entry.method = 8;
  return entry;
}

inline std::string little_endian(uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> 8 * i & 0xff);
  return text;
}

inline std::string zip_bytes(const std::vector<RawEntry>& entries) {
  std::string file, directory;
  for (const RawEntry& entry : entries) {
    const std::string common = little_endian(20, 2) + little_endian(entry.flags, 2) + little_endian(entry.method, 2) +
                               little_endian(0, 4) + little_endian(entry.crc, 4) +
                               little_endian(entry.packed.size(), 4) + little_endian(entry.size, 4) +
                               little_endian(entry.name.size(), 2) + little_endian(0, 2);
    directory +=
        "PK\1\2" + little_endian(20, 2) + common + little_endian(0, 10) + little_endian(file.size(), 4) + entry.name;
    file += "PK\3\4" + common + entry.name + entry.packed;
  }
  const std::string count = little_endian(entries.size(), 2);
  return file + directory + "PK\5\6" + little_endian(0, 4) + count + count + little_endian(directory.size(), 4) +
         little_endian(file.size(), 4) + little_endian(0, 2);
}
