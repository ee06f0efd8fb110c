#pragma once

#include <string>
#include <xtape/error.hpp>

namespace xtape::ops {

// What `compute` returns. Errors inside come from the operations that it is made of; users know it by `operation`,
// which is put first: `stack: concatenate: ...`.
template <class Compute>
auto in_operation(const char* operation, const Compute& compute) {
  try {
    return compute();
  } catch (Error& error) {
    if (!error.message().starts_with(operation)) error.set_message(std::string(operation) + ": " + error.message());
    throw;
  }
}

}  // namespace xtape::ops
