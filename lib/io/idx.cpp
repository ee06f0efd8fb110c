#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>
#include <xtape/ops/creation.hpp>

#include "io/byte_reader.hpp"
#include "io/elements.hpp"

namespace xtape::io {
namespace {

struct Header {
  DType dtype;
  Shape shape;
  uint64_t bytes;  // of the header itself
};

[[noreturn]] void fail(const std::string& path, uint64_t offset, const std::string& expected,
                       const std::string& found) {
  throw FormatError(path + ", offset " + std::to_string(offset) + ": expected " + expected + ", found " + found);
}

std::optional<DType> dtype_of_code(uint8_t code) {
  switch (code) {
    case 0x08:
      return uint8;
    case 0x0C:
      return int32;
    case 0x0D:
      return float32;
    case 0x0E:
      return float64;
    default:
      return std::nullopt;
  }
}

// The next four bytes, of which `offset` is the first.
std::array<uint8_t, 4> read_word(ByteReader& reader, const std::string& path, uint64_t offset) {
  std::array<uint8_t, 4> word;
  const std::size_t count = reader.read(word.data(), word.size());
  if (count < word.size()) fail(path, offset + count, "more of the header", "the end of the file");
  return word;
}

Header read_header(ByteReader& reader, const std::string& path) {
  const auto magic = read_word(reader, path, 0);
  if (magic[0] != 0 || magic[1] != 0) {
    fail(path, 0, "two zero bytes, with which an IDX file begins",
         std::to_string(magic[0]) + ", " + std::to_string(magic[1]));
  }
  const std::optional<DType> dtype = dtype_of_code(magic[2]);
  if (!dtype) {
    fail(path, 2, "an element type 8 (uint8), 12 (int32), 13 (float32) or 14 (float64)", std::to_string(magic[2]));
  }

  if (magic[3] > max_rank) {
    fail(path, 3, "at most " + std::to_string(max_rank) + " dimensions", std::to_string(magic[3]));
  }

  Header header{*dtype, {}, 4 + 4 * uint64_t{magic[3]}};
  uint64_t elements = 1;
  std::vector<int64_t> lengths;
  for (uint64_t offset = 4; offset < header.bytes; offset += 4) {
    const auto word = read_word(reader, path, offset);
    const uint64_t length =
        uint64_t{word[0]} << 24 | uint64_t{word[1]} << 16 | uint64_t{word[2]} << 8 | uint64_t{word[3]};
    // A length of 0 lifts no limit of the others: no tensor has such a shape.
    const uint64_t factor = std::max<uint64_t>(length, 1);
    if (elements > (max_elements - 1) / factor) {
      fail(path, offset, "lengths whose product is below 2^59", std::to_string(length));
    }
    elements *= factor;
    lengths.push_back(static_cast<int64_t>(length));
  }
  header.shape = Shape(lengths.begin(), lengths.end());
  return header;
}

// IDX files are big-endian.
template <class T>
void read_elements(ByteReader& reader, const Tensor& tensor, const std::string& path, uint64_t offset) {
  T* elements = tensor.data<T>();
  const std::size_t expected = static_cast<std::size_t>(tensor.numel()) * sizeof(T);
  const std::size_t found = reader.read(elements, expected);
  if (found < expected)
    fail(path, offset + found, std::to_string(expected - found) + " more bytes", "the end of the file");
  if constexpr (sizeof(T) > 1 && std::endian::native == std::endian::little) {
    auto* bytes = reinterpret_cast<unsigned char*>(elements);
    for (std::size_t i = 0; i < expected; i += sizeof(T)) std::reverse(bytes + i, bytes + i + sizeof(T));
  }
}

Tensor load(const std::string& path) {
  ByteReader reader(path);
  const Header header = read_header(reader, path);
  const uint64_t expected = static_cast<uint64_t>(header.shape.numel()) * size_of(header.dtype);
  const uint64_t found = ByteReader::content_size(path) - header.bytes;
  if (found != expected) {
    fail(path, header.bytes, std::to_string(expected) + " bytes of elements for shape " + header.shape.str(),
         std::to_string(found));
  }

  Tensor tensor = empty(header.shape, header.dtype);
  switch (header.dtype) {
    case DType::int32:
      read_elements<int32_t>(reader, tensor, path, header.bytes);
      break;
    case DType::float32:
      read_elements<float>(reader, tensor, path, header.bytes);
      break;
    case DType::float64:
      read_elements<double>(reader, tensor, path, header.bytes);
      break;
    case DType::uint8:
      read_elements<uint8_t>(reader, tensor, path, header.bytes);
      break;
    case DType::bool_:
    case DType::int64:
      break;  // no element type of the format
  }
  return tensor;
}

}  // namespace

Tensor load_idx(const std::string& path) {
  try {
    return load(path);
  } catch (Error& error) {
    error.set_message("load_idx: " + error.message());
    throw;
  }
}

}  // namespace xtape::io
