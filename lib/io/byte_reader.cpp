#include "io/byte_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <system_error>
#include <xtape/error.hpp>

#include "io/regular_file.hpp"

namespace xtape::io {

ByteReader::ByteReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
  const int reason = errno;
  check_regular_file(path);
  if (!file_) throw IOError("cannot open " + path + ": " + std::generic_category().message(reason));
  gzipped_ = file_.get() == 0x1f && file_.get() == 0x8b;
  file_.clear();
  file_.seekg(0);
  constexpr int gzip_only = 16 + MAX_WBITS;
  if (gzipped_ && inflateInit2(&stream_, gzip_only) != Z_OK) throw IOError("cannot start zlib for " + path);
  member_open_ = gzipped_;
}

ByteReader::~ByteReader() {
  if (gzipped_) inflateEnd(&stream_);
}

std::size_t ByteReader::read(void* destination, std::size_t size) {
  if (gzipped_) return inflate_into(static_cast<unsigned char*>(destination), size);
  file_.read(static_cast<char*>(destination), static_cast<std::streamsize>(size));
  if (file_.bad()) throw IOError("cannot read " + path_);
  return static_cast<std::size_t>(file_.gcount());
}

std::size_t ByteReader::inflate_into(unsigned char* destination, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    if (stream_.avail_in == 0) fill_buffer();
    if (!member_open_) {
      if (stream_.avail_in == 0) break;  // the end of the file, after a whole member
      inflateReset(&stream_);
      member_open_ = true;
    }
    const std::size_t piece = std::min<std::size_t>(size - done, std::numeric_limits<uInt>::max());
    stream_.next_out = destination + done;
    stream_.avail_out = static_cast<uInt>(piece);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    done += piece - stream_.avail_out;
    if (status == Z_STREAM_END) {
      member_open_ = false;
    } else if (status == Z_BUF_ERROR) {
      fail("more gzip data", "the end of the file");
    } else if (status != Z_OK) {
      fail("gzip data", stream_.msg != nullptr ? stream_.msg : "damaged data");
    }
  }
  return done;
}

void ByteReader::fill_buffer() {
  file_.read(reinterpret_cast<char*>(buffer_.data()), static_cast<std::streamsize>(buffer_.size()));
  if (file_.bad()) throw IOError("cannot read " + path_);
  stream_.next_in = buffer_.data();
  stream_.avail_in = static_cast<uInt>(file_.gcount());
  bytes_buffered_ += stream_.avail_in;
}

void ByteReader::fail(const std::string& expected, const std::string& found) const {
  throw FormatError(path_ + ", offset " + std::to_string(bytes_buffered_ - stream_.avail_in) + ": expected " +
                    expected + ", found " + found);
}

uint64_t ByteReader::content_size(const std::string& path) {
  ByteReader reader(path);
  if (!reader.gzipped_) return std::filesystem::file_size(path);
  std::array<unsigned char, 1 << 15> piece;
  uint64_t size = 0;
  while (const std::size_t count = reader.read(piece.data(), piece.size())) size += count;
  return size;
}

}  // namespace xtape::io
