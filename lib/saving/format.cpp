#include "saving/format.hpp"

#include <filesystem>
#include <iterator>
#include <string_view>
#include <xtape/error.hpp>

namespace xtape::saving {
namespace {

struct Named {
  std::string_view name;
  Format format;
};

// ".weights.h5" before ".h5", which it ends with too.
constexpr Named formats[] = {{"keras", Format::keras}, {"weights.h5", Format::weights_h5},
                             {"h5", Format::h5},       {"safetensors", Format::safetensors},
                             {"npz", Format::npz},     {"pt", Format::pt},
                             {"pth", Format::pt}};

bool lists(const std::string& allowed, std::string_view name) {
  return (' ' + allowed + ' ').find(' ' + std::string(name) + ' ') != std::string::npos;
}

}  // namespace

Format format_of(const std::string& what, const std::string& path, const std::string& name,
                 const std::string& allowed) {
  for (const Named& each : formats) {
    const bool is_meant = name.empty() ? path.ends_with('.' + std::string(each.name)) : name == each.name;
    if (!is_meant) continue;
    if (lists(allowed, each.name)) return each.format;
    break;
  }
  std::string known;
  for (std::size_t i = 0; i < std::size(formats); ++i) {
    if (lists(allowed, formats[i].name)) known += (known.empty() ? "\"" : ", \"") + std::string(formats[i].name) + '"';
  }
  if (!name.empty()) throw ValueError(what + ": unknown format \"" + name + "\"; expected one of " + known);
  throw ValueError(what + ": \"" + path + "\" ends with none of " + known + ", and no format is given");
}

void check_may_write(const std::string& what, const std::string& path, bool overwrite) {
  if (overwrite || !std::filesystem::exists(path)) return;
  throw ValueError(what + ": the file \"" + path + "\" is there; with .overwrite = true it is replaced");
}

}  // namespace xtape::saving
