#pragma once

#include <string>
#include <vector>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct PermuteOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The axes behind the batch in another order: `Permute({2, 1})` makes [batch, features, time] of [batch, time,
/// features].
class XTAPE_API Permute : public Layer {
 public:
  /// Axis i of the result is axis `dims[i - 1]` of the input, counted from 1. @throws ValueError unless dims are the
  /// numbers from 1 on; in a call ShapeError for another number of axes.
  explicit Permute(std::vector<int> dims, PermuteOptions options = {});  // refused? see PermuteOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Permute from_config(const Config& config);
};

}  // namespace xtape::layers
