#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct ActivityRegularizationOptions {
  double l1 = 0;
  double l2 = 0;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Returns its inputs, and adds l1 * sum(|x|) + l2 * sum(x^2), divided by the size of the batch, to the loss
/// (LayerImpl::add_loss).
class XTAPE_API ActivityRegularization : public Layer {
 public:
  /// @throws ValueError for a factor that is negative or not finite.
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ActivityRegularization from_config(const Config& config);
};

}  // namespace xtape::layers
