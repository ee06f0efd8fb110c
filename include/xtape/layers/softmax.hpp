#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct SoftmaxOptions {
  Axis axis = -1;
  Shape input_shape = {};
  std::string name = {};
};

/// exp(x) / sum(exp(x)) along an axis. The shape stays.
/// @throws IndexError for an axis that the input has not got; ValueError, as the first input comes, for the softmax of
/// [batch, 1] along its last axis, which is a constant.
class XTAPE_API Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxOptions options = {});
  void build(const Shape& input_shape) override;
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  int axis_;
};

}  // namespace xtape::layers
