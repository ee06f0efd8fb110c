#pragma once

#include <string>
#include <xtape/error.hpp>

// For the library's own files.
namespace xtape::detail {

/// @throws ValueError, beginning with `owner`, for a path with a zero byte, with which it would end for the system.
inline void check_path(const std::string& owner, const std::string& path) {
  const std::size_t zero = path.find('\0');
  if (zero == std::string::npos) return;
  throw ValueError(owner + ": a path has no zero byte, given \"" + path.substr(0, zero) + "\\0" +
                   path.substr(zero + 1) + '"');
}

}  // namespace xtape::detail
