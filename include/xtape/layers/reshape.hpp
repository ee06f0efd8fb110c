#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ReshapeOptions {
  Shape input_shape = {};
  std::string name = {};
};

/// The same elements of each sample in another shape; one length of it may be -1.
class XTAPE_API Reshape : public Layer {
 public:
  /// `target_shape` is that of one sample, without the batch. @throws ValueError for lengths below -1 or more
  /// than one -1.
  explicit Reshape(Shape target_shape, ReshapeOptions options = {});
  /// @throws ShapeError if the number of elements differs.
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  Shape target_shape_;
};

}  // namespace xtape::layers
