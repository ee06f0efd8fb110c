#pragma once

#include <cstdint>
#include <string>
#include <xtape/error.hpp>

namespace xtape::ops {

// A length made of two others, neither of which is negative. @throws ShapeError if int64 does not hold it.
inline int64_t checked_product(const char* operation, int64_t a, int64_t b) {
  int64_t product;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  throw ShapeError(std::string(operation) + ": a length of " + std::to_string(a) + " * " + std::to_string(b) +
                   " is too large");
}

}  // namespace xtape::ops
