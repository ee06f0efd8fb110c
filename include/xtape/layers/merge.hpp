#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

// Layers that join several tensors into one: `layers::Add()({a, b})`. In a call they throw ValueError for fewer than
// two tensors, ShapeError if their shapes do not fit, IndexError for an axis that they have not got.
namespace xtape::layers {

struct MergeOptions {
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The sum of tensors that broadcast.
class XTAPE_API Add : public Layer {
 public:
  explicit Add(MergeOptions options = {});  // refused? see MergeOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Add from_config(const Config& config);
};

struct ConcatenateOptions {
  Axis axis = -1;
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Tensors joined along an axis; their other lengths agree.
class XTAPE_API Concatenate : public Layer {
 public:
  explicit Concatenate(ConcatenateOptions options = {});  // refused? see ConcatenateOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Concatenate from_config(const Config& config);
};

}  // namespace xtape::layers
