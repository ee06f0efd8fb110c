#pragma once

#include <string>

namespace xtape::plots {

/// The bytes in letters (RFC 4648).
std::string base64(const std::string& bytes);

}  // namespace xtape::plots
