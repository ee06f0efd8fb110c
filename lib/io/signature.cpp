#include "io/signature.hpp"

#include <string_view>

namespace xtape::io {

std::string kind_of_file(std::span<const std::byte> beginning) {
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  if (text.starts_with("PK\3\4")) return zip_kind;
  if (text.starts_with("\x89HDF\r\n\x1a\n")) return "an HDF5 file, as .h5 and .weights.h5 files are";
  if (text.starts_with("\x93NUMPY")) return "a .npy file";
  // The length of a header of JSON, of which there is less than 2^40 bytes.
  if (text.size() > 8 && text[8] == '{' && text.substr(5, 3) == std::string_view("\0\0\0", 3)) {
    return safetensors_kind;
  }
  return "";
}

}  // namespace xtape::io
