#pragma once

#include <string>
#include <xtape/error.hpp>

namespace xtape::saving {

// What `work` returns; the name of the file stands in front of the errors.
template <class Work>
decltype(auto) in_file(const std::string& path, const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    error.set_message(path + ": " + error.message());
    throw;
  }
}

}  // namespace xtape::saving
