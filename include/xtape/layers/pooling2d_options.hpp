#pragma once

#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size2d.hpp>
#include <xtape/shape.hpp>

namespace xtape::layers {

/// Options of MaxPooling2D and AveragePooling2D.
struct Pooling2DOptions {
  /// Distance between windows; default: their size.
  std::optional<Size2d> strides = std::nullopt;
  /// "valid" or "same".
  std::string padding = "valid";
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

}  // namespace xtape::layers
