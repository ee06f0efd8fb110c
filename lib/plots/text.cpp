#include "plots/text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

namespace xtape::plots {
namespace {

constexpr const char* replacement = "\xef\xbf\xbd";

struct Letter {
  uint32_t code = 0;
  std::size_t bytes = 0;  // 0: what stands there is no UTF-8
};

// The letter at that place, by the table of RFC 3629.
Letter letter_at(const std::string& text, std::size_t place) {
  const auto byte = [&](std::size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(place);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || place + bytes > text.size()) return {};
  uint32_t code = first & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(place + i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(place + i) & 0x3f);
  }
  constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, bytes};
}

// Advance in units of the font's size, of DejaVu Sans, which is wider than most.
double advance(uint32_t code) {
  if (code >= 0x300 && code < 0x370) return 0;                            // combining marks
  if (code >= 0x1100) return code >= 0x2000 && code < 0x2600 ? 0.75 : 1;  // scripts of full width
  if (code >= 0x80) return 0.65;
  constexpr const char* classes[] = {" .,'`|:;!()[]ijlIftr/\\", "mwMW@%"};
  const auto is_in = [code](const char* letters) {
    for (; *letters != '\0'; ++letters) {
      if (static_cast<uint32_t>(*letters) == code) return true;
    }
    return false;
  };
  if (is_in(classes[0])) return 0.37;
  if (is_in(classes[1])) return 0.95;
  return code >= 'A' && code <= 'Z' ? 0.7 : 0.62;
}

}  // namespace

std::string valid_text(const std::string& text) {
  std::string result;
  for (std::size_t place = 0; place < text.size();) {
    const Letter letter = letter_at(text, place);
    const std::size_t bytes = letter.bytes == 0 ? 1 : letter.bytes;
    const bool control = letter.code < 0x20 || (letter.code >= 0x7f && letter.code < 0xa0) || letter.code == 0xfffe ||
                         letter.code == 0xffff;
    result += letter.bytes == 0 || control ? std::string(replacement) : text.substr(place, bytes);
    place += bytes;
  }
  return result;
}

double text_width(const std::string& text, double size, bool bold) {
  const std::string valid = valid_text(text);
  double width = 0;
  for (std::size_t place = 0; place < valid.size();) {
    const Letter letter = letter_at(valid, place);
    width += advance(letter.code);
    place += letter.bytes;
  }
  return width * size * (bold ? 1.1 : 1);
}

std::string fitted(const std::string& text, double width, double size, bool bold) {
  if (text_width(text, size, bold) <= width) return text;
  const std::string valid = valid_text(text);
  std::string result;
  for (std::size_t place = 0; place < valid.size();) {
    const std::string longer = result + valid.substr(place, letter_at(valid, place).bytes);
    if (text_width(longer + "…", size, bold) > width) break;
    place += longer.size() - result.size();
    result = longer;
  }
  return result + "…";
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "nan";  // whatever its sign
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits);
  return {buffer, end.ptr};
}

std::string fixed_number(double value, int decimals) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  return {buffer, end.ptr};
}

}  // namespace xtape::plots
