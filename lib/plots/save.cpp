#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>

#include "plots/canvas.hpp"

namespace xtape::plots {
namespace {

std::string ending(const std::string& path) {
  std::string text = std::filesystem::path(path).extension().string();
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

}  // namespace

void check_ending(const std::string& function, const std::string& path) {
  detail::check_path(function, path);
  const std::string kind = ending(path);
  if (kind != ".svg" && kind != ".png") {
    throw ValueError(function + ": the path needs the ending .svg or .png, given \"" + path + '"');
  }
  if (kind == ".png" && !has_png()) {
    throw ValueError(function + ": PNG is drawn by cairo, which this build of xtape was made without: write " +
                     std::filesystem::path(path).replace_extension(".svg").string() +
                     ", or build with -DXTAPE_WITH_CAIRO=ON (Debian: libcairo2-dev)");
  }
}

void save(const std::string& function, const std::string& path, const Picture& picture, double dpi) {
  check_ending(function, path);
  if (ending(path) == ".png") return save_png(function, path, picture, dpi);
  std::ofstream file(path, std::ios::binary);
  file << svg_text(picture);
  file.close();
  if (!file) throw IOError(function + ": cannot write " + path + ": " + std::generic_category().message(errno));
}

}  // namespace xtape::plots
