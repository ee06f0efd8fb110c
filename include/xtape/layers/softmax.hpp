#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct SoftmaxOptions {
  int axis = -1;
  Shape input_shape = {};
  std::string name = {};
};

/// exp(x) / sum(exp(x)) along an axis.
class XTAPE_API Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxOptions options = {});
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  int axis_;
};

}  // namespace xtape::layers
