#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct TimeDistributedOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;

  XTAPE_API void fields(Fields& f);
};

/// Applies a layer, or a model, to each step of sequences [batch, time, ...]: what it returns for [batch, ...], for all
/// steps. Its type is that of the layer. A mask [batch, time, ...] is given to the layer step by step; which steps have
/// a true element is passed on. Steps are computed at once where the layer computes each sample of a batch by itself,
/// one by one where it does not, as a BatchNormalization in training, or may not, as a layer of one's own.
class XTAPE_API TimeDistributed : public Layer {
 public:
  /// @throws in the first call ShapeError unless inputs have at least 3 dimensions, and as the layer.
  explicit TimeDistributed(const Layer& layer, TimeDistributedOptions options = {});  // refused? see its options

  /// The layer that is applied.
  Layer layer() const;

  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static TimeDistributed from_config(const Config& config);
};

}  // namespace xtape::layers
