#include "io/utf8.hpp"

#include <array>
#include <cstdint>
#include <xtape/error.hpp>

namespace xtape::io {
namespace {

// By how many bytes a character has, the smallest that needs them.
constexpr std::array<uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};

// How many bytes the character has that begins there; 0 if there is none.
std::size_t length_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc0 || first > 0xf7 || text.size() < length) return 0;
  uint32_t character = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80) return 0;
    character = character << 6 | (next & 0x3fU);
  }
  const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
  return character < smallest[length] || character > 0x10ffff || is_surrogate ? 0 : length;
}

// What can be shown anywhere: "\\xff\\xfe".
std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte < 0x7f) {
      result += each;
    } else {
      result += {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
    }
  }
  return result;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = length_at(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void check_utf8(const std::string& what, std::string_view text) {
  if (is_utf8(text)) return;
  throw ValueError(what + " has a name in UTF-8, given \"" + escaped(text) + "\", which is in another encoding");
}

}  // namespace xtape::io
