#pragma once

#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/io/named_tensors.hpp>

namespace xtape::io {

/// What a safetensors file holds.
struct Safetensors {
  NamedTensors tensors;
  /// Texts by name.
  std::vector<std::pair<std::string, std::string>> metadata;
};

/// Reads a safetensors file, the format of Hugging Face. It is mapped into memory: tensors whose elements have a type
/// of xtape and lie aligned, as in files that save_safetensors wrote, are no copies, and the system reads what is
/// looked at. They may be changed, which leaves the file as it is; nobody may shorten the file while one of them lives
/// (one that is replaced, as all that save here do, stays). Others are converted as by load_npy, and BF16 to float32.
/// @throws IOError if the file cannot be read; FormatError, naming file, place, expected and found, if it is no such
/// file, its tensors overlap, leave gaps or lie outside, or have other elements (of 8 bits and less).
XTAPE_API Safetensors load_safetensors(const std::string& path);

/// Writes one, in which every tensor lies aligned. A file that is there is replaced when the new one is whole.
/// @throws IOError if it cannot be written; ValueError for an undefined tensor, a name that is given twice or
/// "__metadata__", or metadata that is given twice.
XTAPE_API void save_safetensors(const std::string& path, const NamedTensors& tensors,
                                const std::vector<std::pair<std::string, std::string>>& metadata = {});

}  // namespace xtape::io
