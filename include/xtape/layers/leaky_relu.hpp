#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct LeakyReLUOptions {
  double negative_slope = 0.3;
  Shape input_shape = {};
  std::string name = {};
};

/// x where positive, else `negative_slope * x`.
class XTAPE_API LeakyReLU : public Layer {
 public:
  /// @throws ValueError for a slope that is not finite.
  explicit LeakyReLU(LeakyReLUOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  double negative_slope_;
};

}  // namespace xtape::layers
