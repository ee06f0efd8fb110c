#pragma once

#include <string>
#include <string_view>

namespace xtape::io {

// Whether a text is UTF-8: no byte of another encoding, nothing longer than it has to be, no surrogates.
bool is_utf8(std::string_view text);

// @throws ValueError for a name of `what`, "a tensor", that is none.
void check_utf8(const std::string& what, std::string_view text);

}  // namespace xtape::io
