#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct DropoutOptions {
  Shape input_shape = {};
  std::string name = {};
};

/// In training sets each element to 0 with probability `rate` and divides the others by 1 - rate; else
/// returns its input.
class XTAPE_API Dropout : public Layer {
 public:
  /// @throws ValueError unless 0 <= rate <= 1.
  explicit Dropout(double rate, DropoutOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  double rate_;
};

}  // namespace xtape::layers
