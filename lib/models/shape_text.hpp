#pragma once

#include <string>
#include <vector>
#include <xtape/shape.hpp>

namespace xtape::models {

// As Keras writes it: `(None, 64)`.
inline std::string shape_text(const Shape& shape) {
  std::string text;
  for (const int64_t length : shape) {
    text += (text.empty() ? "" : ", ") + (length == -1 ? std::string("None") : std::to_string(length));
  }
  return '(' + text + ')';
}

// Those of one tensor, or of a list.
inline std::string shapes_text(const std::vector<Shape>& shapes) {
  std::string text;
  for (const Shape& shape : shapes) text += (text.empty() ? "" : ", ") + shape_text(shape);
  return shapes.size() == 1 ? text : '[' + text + ']';
}

}  // namespace xtape::models
