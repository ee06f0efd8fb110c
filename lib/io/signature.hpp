#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace xtape::io {

inline constexpr const char* zip_kind = "a zip archive, as .keras, .npz and .pt files are";
inline constexpr const char* safetensors_kind = "a safetensors file";

// What a file is that begins so, for the error of whoever expected another one: "a zip archive, as .keras files are";
// empty where that is not known.
std::string kind_of_file(std::span<const std::byte> beginning);

}  // namespace xtape::io
