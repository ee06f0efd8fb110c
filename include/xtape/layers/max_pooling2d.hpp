#pragma once

#include <xtape/layers/layer.hpp>
#include <xtape/layers/pooling2d_options.hpp>
#include <xtape/ops/pool.hpp>

namespace xtape::layers {

/// The largest element of each window. Inputs and outputs are [batch, height, width, channels].
class XTAPE_API MaxPooling2D : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or an unknown padding.
  explicit MaxPooling2D(Size2d pool_size = 2, const Pooling2DOptions& options = {});
  /// @throws ShapeError unless x has four dimensions and holds a window.
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;
  /// The settings, as the op takes them.
  const Pool2dOptions& pool_options() const { return options_; }

 private:
  Pool2dOptions options_;
};

}  // namespace xtape::layers
