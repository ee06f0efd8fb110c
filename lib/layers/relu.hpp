#pragma once

#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/relu.hpp>

namespace xtape::layers {

class ReLUImpl : public LayerImpl {
 public:
  explicit ReLUImpl(ReLUOptions given);

  void fields(Fields& f) override { given_.fields(f); }
  Tensor call(const Tensor& x);
  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }
  // Whether all options are the defaults: max(x, 0).
  bool is_plain() const { return !given_.max_value && given_.negative_slope == 0 && given_.threshold == 0; }

 private:
  ReLUOptions given_;
};

}  // namespace xtape::layers
