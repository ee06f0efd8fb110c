#include "saving/format.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>
#include <xtape/saving/inspect.hpp>

namespace xtape::saving {
namespace {

struct Named {
  std::string_view name;
  Format format;
};

// ".weights.h5" before ".h5", which it ends with too: where weights alone are not meant, it is a whole model. Of names
// for one format the first is what it is called.
constexpr Named all_formats[] = {
    {"keras", Format::keras}, {"weights.h5", Format::weights_h5},   {"h5", Format::h5}, {"hdf5", Format::h5},
    {"npz", Format::npz},     {"safetensors", Format::safetensors}, {"pt", Format::pt}, {"pth", Format::pt}};

}  // namespace

std::string name_of(Format format) {
  return std::string(std::find_if(std::begin(all_formats), std::end(all_formats), [&](const Named& each) {
                       return each.format == format;
                     })->name);
}

std::vector<std::string> formats() {
  std::vector<std::string> names;
  for (const Named& each : all_formats) names.emplace_back(each.name);
  return names;
}

std::string format_of(const std::string& filepath, const std::string& format) {
  return name_of(
      format_of("format_of", filepath, format,
                {Format::keras, Format::weights_h5, Format::h5, Format::safetensors, Format::npz, Format::pt}));
}

Format format_of(const std::string& what, const std::string& path, const std::string& name,
                 std::initializer_list<Format> allowed) {
  detail::check_path(what, path);
  const auto is_allowed = [&](const Named& each) {
    return std::find(allowed.begin(), allowed.end(), each.format) != allowed.end();
  };
  std::string known;
  for (const Named& each : all_formats) {
    const bool is_meant = name.empty() ? path.ends_with('.' + std::string(each.name)) : name == each.name;
    if (is_meant && is_allowed(each)) return each.format;
  }
  for (const Named& each : all_formats) {
    if (is_allowed(each)) known += (known.empty() ? "\"" : ", \"") + std::string(each.name) + '"';
  }
  if (!name.empty()) throw ValueError(what + ": unknown format \"" + name + "\"; expected one of " + known);
  throw ValueError(what + ": \"" + path + "\" ends with none of " + known +
                   ", and no format is given: call the file so, or name its format");
}

void check_may_write(const std::string& what, const std::string& path, bool overwrite) {
  if (overwrite || !std::filesystem::exists(path)) return;
  throw ValueError(what + ": the file \"" + path + "\" is there; with .overwrite = true it is replaced");
}

}  // namespace xtape::saving
