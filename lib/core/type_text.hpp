#pragma once

#include <string>
#include <xtape/dtype.hpp>
#include <xtape/shape.hpp>

namespace xtape::core {

// `float32 [2, 3]`.
inline std::string type_text(DType dtype, const Shape& shape) { return std::string(name(dtype)) + " " + shape.str(); }

}  // namespace xtape::core
