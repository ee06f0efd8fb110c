#pragma once

#include <initializer_list>
#include <string>

namespace xtape::saving {

enum class Format { keras, weights_h5, h5, safetensors, npz, pt };

// What the format is called first.
std::string name_of(Format format);

// The format of that name or, if it is empty, of what the path ends with. @throws ValueError, beginning with `what`,
// for others than those that are `allowed`, and for a path with a zero byte.
Format format_of(const std::string& what, const std::string& path, const std::string& name,
                 std::initializer_list<Format> allowed);

// @throws ValueError for a file that is there, unless it may be replaced.
void check_may_write(const std::string& what, const std::string& path, bool overwrite);

}  // namespace xtape::saving
