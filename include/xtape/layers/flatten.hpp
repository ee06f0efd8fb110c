#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct FlattenOptions {
  Shape input_shape = {};
  std::string name = {};
};

/// All axes but the batch merged into one: [batch, ...] -> [batch, n]; [batch] -> [batch, 1].
class XTAPE_API Flatten : public Layer {
 public:
  explicit Flatten(FlattenOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;
};

}  // namespace xtape::layers
