#include <span>
#include <xtape/io/npz.hpp>

#include "io/elements.hpp"
#include "io/in_call.hpp"
#include "io/npy_array.hpp"
#include "io/utf8.hpp"
#include "io/zip.hpp"

namespace xtape::io {
namespace {

constexpr std::string_view ending = ".npy";

NamedTensors load(const std::string& path) {
  const ZipReader archive(path);
  NamedTensors arrays;
  for (const std::string& entry : archive.names()) {
    const std::string place = path + ", entry " + entry;
    if (!entry.ends_with(ending)) throw FormatError(place + ": expected a name that ends with .npy, found another one");
    const auto check = [&](std::span<const std::byte> beginning, uint64_t bytes) {
      read_npy_header(beginning, bytes, place);
    };
    arrays.emplace_back(entry.substr(0, entry.size() - ending.size()), read_npy(archive.read(entry, check), place));
  }
  return arrays;
}

void save(const std::string& path, const NamedTensors& arrays) {
  std::vector<ZipEntry> entries;
  for (const auto& [name, array] : arrays) {
    if (name.empty()) throw ValueError("an array has a name, given an empty one");
    check_utf8("an array", name);
    if (!array.defined()) throw ValueError("the tensor " + name + " is undefined");
    const Tensor contiguous = array.contiguous();
    const std::string header = npy_header(contiguous);
    Content content;
    content.append(std::vector<std::byte>(as_bytes(header).begin(), as_bytes(header).end()));
    content.append(contiguous);
    entries.push_back({name + std::string(ending), std::move(content)});
  }
  write_zip(path, entries);
}

}  // namespace

NamedTensors load_npz(const std::string& path) {
  return in_call("load_npz", [&] { return load(path); });
}

void save_npz(const std::string& path, const NamedTensors& arrays) {
  in_call("save_npz", [&] { save(path, arrays); });
}

}  // namespace xtape::io
