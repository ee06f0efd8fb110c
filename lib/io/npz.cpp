#include <cstddef>
#include <xtape/io/npz.hpp>

#include "io/elements.hpp"
#include "io/in_call.hpp"
#include "io/npy_array.hpp"
#include "io/npz_reader.hpp"
#include "io/utf8.hpp"
#include "io/zip.hpp"

namespace xtape::io {
namespace {

NamedTensors load(const std::string& path) {
  const NpzReader file(path);
  NamedTensors arrays;
  for (std::size_t i = 0; i < file.names().size(); ++i) {
    arrays.emplace_back(file.names()[i], file.read(i, [](const Shape&) { return true; }).values);
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
    entries.push_back({name + ".npy", std::move(content)});
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
