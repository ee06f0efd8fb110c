#pragma once

#include <string>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct LayerNormalizationOptions {
  /// The axis or axes that are normalized together, within each sample.
  Axes axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  NameOr<initializers::Initializer> beta_initializer = "zeros";
  NameOr<initializers::Initializer> gamma_initializer = "ones";
  NameOr<regularizers::Regularizer> beta_regularizer = {};
  NameOr<regularizers::Regularizer> gamma_regularizer = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
};

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta over some axes of each sample, with the biased variance
/// (Ba et al., 2016). The shape stays. Weights gamma and beta have the lengths of these axes, in ascending order.
class XTAPE_API LayerNormalization : public Layer {
 public:
  /// @throws ValueError for an epsilon that is negative or not finite.
  explicit LayerNormalization(LayerNormalizationOptions options = {});
  /// @throws IndexError for an axis out of range, ValueError for one given twice, ShapeError for one whose length is
  /// unknown, as that of the batch, or if there is none.
  void build(const Shape& input_shape) override;
  /// @throws ShapeError for other lengths of these axes than the layer was built for.
  Tensor call(const Tensor& x, bool training) override;
  Shape compute_output_shape(const Shape& input_shape) override;

 private:
  LayerNormalizationOptions options_;
  /// All axes, the normalized ones last; empty if they lie there already.
  std::vector<int> order_;
  int normalized_ = 0;
  Tensor gamma_;
  Tensor beta_;
};

}  // namespace xtape::layers
