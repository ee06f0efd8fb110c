#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct GlobalAveragePooling2DOptions {
  /// Keep height and width as lengths of 1.
  bool keepdims = false;
  Shape input_shape = {};
  std::string name = {};
};

/// The mean over height and width: [batch, height, width, channels] -> [batch, channels].
class XTAPE_API GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DOptions options = {});
  /// @throws ShapeError unless x has four dimensions.
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  bool keepdims_;
};

}  // namespace xtape::layers
