#include "io/npy_array.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>
#include <xtape/error.hpp>

#include "io/cursor.hpp"
#include "io/elements.hpp"

namespace xtape::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;  // of the elements within the file, as NumPy has it
// Arrays of structures alone have longer ones.
constexpr std::size_t max_header = max_npy_header - magic.size() - 6;

constexpr std::array<std::pair<std::string_view, Stored>, 12> types{{{"b1", Stored::bool_},
                                                                     {"u1", Stored::uint8},
                                                                     {"i1", Stored::int8},
                                                                     {"u2", Stored::uint16},
                                                                     {"i2", Stored::int16},
                                                                     {"u4", Stored::uint32},
                                                                     {"i4", Stored::int32},
                                                                     {"u8", Stored::uint64},
                                                                     {"i8", Stored::int64},
                                                                     {"f2", Stored::float16},
                                                                     {"f4", Stored::float32},
                                                                     {"f8", Stored::float64}}};

struct Header {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

// The dict that describes the array, written in Python: three names with a text, a truth value and a tuple of numbers.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::size_t first_offset, const std::string& file)
      : text_(text), first_offset_(first_offset), file_(file) {}

  Header read() {
    Header header;
    take('{');
    while (!next_is('}')) {
      const std::string name = text();
      take(':');
      if (name == "descr" && !header.descr) {
        header.descr = text();
      } else if (name == "fortran_order" && !header.fortran_order) {
        header.fortran_order = truth();
      } else if (name == "shape" && !header.shape) {
        header.shape = numbers();
      } else {
        fail("'descr', 'fortran_order' and 'shape', each once", "'" + name + "'");
      }
      if (next_is('}')) break;
      take(',');
    }
    take('}');
    if (!header.descr || !header.fortran_order || !header.shape) {
      fail("'descr', 'fortran_order' and 'shape'", "fewer names");
    }
    skip_spaces();
    if (position_ < text_.size()) fail("the end of the header", found());
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& expected, const std::string& found) const {
    throw FormatError(file_ + ", offset " + std::to_string(first_offset_ + position_) + ": expected " + expected +
                      ", found " + found);
  }
  std::string found() const {
    return position_ < text_.size() ? "\"" + std::string(text_.substr(position_, 20)) + "\"" : "the end of the header";
  }
  void skip_spaces() {
    position_ = std::min(text_.find_first_not_of(std::string_view(" \t\r\n\0", 5), position_), text_.size());
  }
  bool next_is(char letter) {
    skip_spaces();
    return position_ < text_.size() && text_[position_] == letter;
  }
  void take(char letter) {
    if (!next_is(letter)) fail(std::string("'") + letter + "'", found());
    ++position_;
  }
  bool take_word(std::string_view word) {
    skip_spaces();
    if (!text_.substr(position_).starts_with(word)) return false;
    position_ += word.size();
    return true;
  }
  std::string text() {
    const char quote = next_is('"') ? '"' : '\'';
    if (!next_is(quote)) fail("a text (arrays of structures and objects are not read)", found());
    const std::size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) fail("a text with an end", found());
    const std::string result(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return result;
  }
  bool truth() {
    if (take_word("True")) return true;
    if (!take_word("False")) fail("True or False", found());
    return false;
  }
  std::vector<int64_t> numbers() {
    std::vector<int64_t> result;
    take('(');
    while (!next_is(')')) {
      int64_t number = 0;
      const auto [end, error] = std::from_chars(text_.data() + position_, text_.data() + text_.size(), number);
      if (error != std::errc() || number < 0) fail("a length of at least 0 that int64 holds", found());
      result.push_back(number);
      position_ = static_cast<std::size_t>(end - text_.data());
      take_word("L");  // as Python 2 writes long numbers
      if (next_is(')')) break;
      take(',');
    }
    take(')');
    return result;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t first_offset_;
  const std::string& file_;
};

}  // namespace

NpyHeader read_npy_header(std::span<const std::byte> beginning, uint64_t file_bytes, const std::string& file) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  const auto fail = [&](std::size_t offset, const std::string& expected, const std::string& found) {
    throw FormatError(file + ", offset " + std::to_string(offset) + ": expected " + expected + ", found " + found);
  };
  if (!text.starts_with(magic)) fail(0, "\\x93NUMPY, with which a .npy file begins", "something else");
  if (text.size() < magic.size() + 2) fail(text.size(), "a version", "the end of the file");
  const int version = static_cast<unsigned char>(text[magic.size()]);
  if (version < 1 || version > 3) fail(magic.size(), "a version from 1 to 3", std::to_string(version));
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t length_offset = magic.size() + 2;
  const std::size_t header_offset = length_offset + length_bytes;
  if (text.size() < header_offset) fail(text.size(), "the length of the header", "the end of the file");
  const uint64_t length = Cursor(beginning.subspan(length_offset), length_offset, file).number(length_bytes);
  if (length > file_bytes - header_offset) {
    fail(length_offset, "a header of at most " + std::to_string(file_bytes - header_offset) + " bytes, which are left",
         std::to_string(length));
  }
  if (length > max_header) {
    fail(length_offset, "a header of at most " + std::to_string(max_header) + " bytes", std::to_string(length));
  }

  const Header given = HeaderReader(text.substr(header_offset, length), header_offset, file).read();
  const std::string_view descr = *given.descr;
  const auto type = std::find_if(types.begin(), types.end(), [&](const auto& known) {
    return descr.size() == 3 && known.first == descr.substr(1);
  });
  if (type == types.end() || std::string_view("<>=|").find(descr[0]) == std::string_view::npos) {
    fail(header_offset, "elements that are numbers of 1 to 8 bytes or truth values", "'" + *given.descr + "'");
  }
  const std::endian order = descr[0] == '<'   ? std::endian::little
                            : descr[0] == '>' ? std::endian::big
                                              : std::endian::native;
  const std::size_t elements_offset = header_offset + length;
  const uint64_t bytes = checked_bytes(type->second, *given.shape, file + ", offset " + std::to_string(header_offset));
  const uint64_t found = file_bytes - elements_offset;
  if (found != bytes) {
    fail(
        elements_offset,
        std::to_string(bytes) + " bytes of elements for shape " + Shape(given.shape->begin(), given.shape->end()).str(),
        std::to_string(found));
  }
  return {type->second, order, *given.shape, *given.fortran_order, elements_offset};
}

Tensor read_npy(std::span<const std::byte> content, const std::string& file) {
  NpyHeader header = read_npy_header(content, content.size(), file);
  std::vector<int64_t>& lengths = header.lengths;
  if (header.fortran_order) std::reverse(lengths.begin(), lengths.end());
  const Tensor result =
      tensor_of(header.type, header.order, content.subspan(header.elements_offset),
                Shape(lengths.begin(), lengths.end()), file + ", offset " + std::to_string(header.elements_offset));
  return header.fortran_order ? result.transpose().contiguous() : result;
}

std::string npy_header(const Tensor& array) {
  const Stored type = stored(array.dtype());
  const auto known = std::find_if(types.begin(), types.end(), [&](const auto& entry) { return entry.second == type; });
  const char order = size_of(type) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  std::string text =
      std::string("{'descr': '") + order + std::string(known->first) + "', 'fortran_order': False, 'shape': (";
  for (int axis = 0; axis < array.rank(); ++axis) {
    text +=
        (axis == 0 ? "" : " ") + std::to_string(array.shape(axis)) + (axis + 1 < array.rank() || axis == 0 ? "," : "");
  }
  text += "), }";
  const std::size_t before = magic.size() + 4;
  // At most 32 lengths: version 1, whose headers have up to 64 KiB, suffices.
  const std::size_t end = (before + text.size() + 1 + alignment - 1) / alignment * alignment;
  text.resize(end - before - 1, ' ');
  text += '\n';
  std::string header = std::string(magic) + std::string("\1\0", 2);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace xtape::io
