#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

struct DropoutOptions {
  /// The shape of the decisions, each of which counts for all elements that it broadcasts to; -1 stands for the inputs'
  /// length: {-1, 1, -1} drops features of all steps of a sequence. Default: one for each element.
  std::optional<Shape> noise_shape = std::nullopt;
  /// Has the layer draw from a stream of its own that begins with the seed. Default: from the global one.
  std::optional<uint64_t> seed = std::nullopt;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// In training sets each element to 0 with probability `rate` and divides the others by 1 - rate; else
/// returns its input.
class XTAPE_API Dropout : public Layer {
 public:
  /// @throws ValueError unless 0 <= rate <= 1, and for a length in noise_shape that is neither positive nor -1; in
  /// training ShapeError if noise_shape does not broadcast to the inputs' shape, AutogradError if a layer with a seed
  /// is captured.
  explicit Dropout(double rate, DropoutOptions options = {});  // refused? see DropoutOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Dropout from_config(const Config& config);
};

}  // namespace xtape::layers
