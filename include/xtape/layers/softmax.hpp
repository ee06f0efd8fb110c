#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct SoftmaxOptions {
  /// The axis or axes along which elements add up to 1.
  Axes axis = -1;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// exp(x) / sum(exp(x)) along some axes, among the elements that count: what the mask of x (mask.hpp) excludes gets 0.
/// A mask of fewer dimensions says so for all features of a step. The shape stays.
/// @throws IndexError for an axis that the input has not got, ValueError for one given twice, or, as the first input
/// comes, for the softmax of [batch, 1] along its last axis, which is a constant.
class XTAPE_API Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxOptions options = {});  // refused? see SoftmaxOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Softmax from_config(const Config& config);
};

}  // namespace xtape::layers
