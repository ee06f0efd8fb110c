#pragma once

#include <zip.h>

#include <string>

namespace xtape::io {

// What an error says, which ends with that.
inline std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

}  // namespace xtape::io
