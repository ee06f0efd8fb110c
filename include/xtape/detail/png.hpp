#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/export.hpp>

namespace xtape::detail {

/// The bytes of a PNG file. `channels` is 1 (grey) or 3 (red, green, blue); `pixels` has height * width * channels
/// bytes, row by row. (https://www.w3.org/TR/png-3: signature, IHDR, one IDAT, IEND.)
XTAPE_API std::string encode_png(int64_t height, int64_t width, int channels, const std::vector<uint8_t>& pixels);

}  // namespace xtape::detail
