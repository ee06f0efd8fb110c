#pragma once

#include <string>

namespace xtape::io {

// Throws IOError, naming the path and the reason, if there is no file to be read, or it is a folder, pipe or device;
// ValueError for a path with a zero byte.
void check_regular_file(const std::string& path);

}  // namespace xtape::io
