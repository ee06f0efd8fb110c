#include "io/npz_reader.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <xtape/error.hpp>

#include "io/npy_array.hpp"

namespace xtape::io {
namespace {

constexpr std::string_view ending = ".npy";

}  // namespace

NpzReader::NpzReader(const std::string& path) : path_(path), archive_(path) {
  for (const std::string& entry : archive_.names()) {
    if (!entry.ends_with(ending)) {
      throw FormatError(path + ", entry " + entry + ": expected a name that ends with .npy, found another one");
    }
    names_.push_back(entry.substr(0, entry.size() - ending.size()));
  }
}

NpzReader::Array NpzReader::read(std::size_t index, const Wanted& wanted) const {
  const std::string& entry = archive_.names()[index];
  const std::string place = path_ + ", entry " + entry;
  Array array;
  const auto is_wanted = [&](std::span<const std::byte> beginning, uint64_t bytes) {
    const NpyHeader header = read_npy_header(beginning, bytes, place);
    array.shape = Shape(header.lengths.begin(), header.lengths.end());
    return wanted(array.shape);
  };
  if (const std::optional<Bytes> content = archive_.read_if(entry, is_wanted)) {
    array.values = read_npy(*content, place);
  }
  return array;
}

}  // namespace xtape::io
