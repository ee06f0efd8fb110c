#include "io/regular_file.hpp"

#include <filesystem>
#include <system_error>
#include <xtape/detail/path.hpp>
#include <xtape/error.hpp>

namespace xtape::io {

void check_regular_file(const std::string& path) {
  detail::check_path("cannot read", path);
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) throw IOError("cannot read " + path + ": it is a folder");
  if (!std::filesystem::exists(status)) throw IOError("cannot read " + path + ": no such file");
  if (!std::filesystem::is_regular_file(status)) throw IOError("cannot read " + path + ": it is no regular file");
}

}  // namespace xtape::io
