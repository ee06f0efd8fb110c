#include "core/element.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <xtape/error.hpp>

#include "core/dtype_switch.hpp"
#include "core/number_format.hpp"
#include "core/tensor_impl.hpp"

namespace xtape {
namespace core {
namespace {

// What a type that does not take every number holds.
std::string held_by(DType dtype) {
  return switch_dtype(dtype, []<class T>(T) -> std::string {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_same_v<T, bool>) return "true and false";
    return "whole numbers from " + std::to_string(Limits::lowest()) + " to " + std::to_string(Limits::max());
  });
}

}  // namespace

void throw_does_not_fit(const char* operation, Scalar number, DType dtype) {
  throw ValueError(std::string(operation) + ": the number " + number.str() + " does not fit into " + name(dtype) +
                   ", which holds " + held_by(dtype) + "; take a wider type (astype) or another number");
}

bool fits(Scalar number, DType dtype) {
  return switch_dtype(dtype, [&]<class T>(T) { return number.fits<T>(); });
}

void check_fits(const char* operation, Scalar number, DType dtype) {
  if (!fits(number, dtype)) throw_does_not_fit(operation, number, dtype);
}

}  // namespace core

std::string Scalar::str() const {
  switch (kind_) {
    case Kind::boolean:
      return integer_ ? "true" : "false";
    case Kind::integer:
      return std::to_string(integer_);
    case Kind::large_integer:
      return std::to_string(static_cast<uint64_t>(integer_));
    case Kind::floating:
      break;
  }
  return core::scalar_text(floating_);
}

}  // namespace xtape
