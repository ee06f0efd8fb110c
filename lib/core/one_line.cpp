#include <cstddef>
#include <xtape/detail/one_line.hpp>

namespace xtape::detail {

std::string one_line(std::string name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (byte < 0x20 || byte == 0x7F) name[i] = ' ';
    // U+0080 to U+009F in UTF-8, of which terminals take some for commands.
    const bool two = byte == 0xC2 && i + 1 < name.size() && (static_cast<unsigned char>(name[i + 1]) & 0xE0) == 0x80;
    if (two) name.erase(i, 1)[i] = ' ';
  }
  return name;
}

}  // namespace xtape::detail
