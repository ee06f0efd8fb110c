#pragma once

#include <string>
#include <xtape/error.hpp>

namespace xtape::io {

// What `work` returns; the name of the public function stands in front of the errors.
template <class Work>
decltype(auto) in_call(const char* function, Work work) {
  try {
    return work();
  } catch (Error& error) {
    error.set_message(std::string(function) + ": " + error.message());
    throw;
  }
}

}  // namespace xtape::io
