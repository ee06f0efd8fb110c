#pragma once

#include <cstddef>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size.hpp>

// Pooling to an output of a given size, whatever that of the input, over one, two or three axes, channels last: inputs
// and outputs are [batch, length, channels], [batch, height, width, channels] or [batch, depth, height, width,
// channels]. The cells of n that a cell i of o is made of begin at floor(i * n / o) and end before
// ceil((i + 1) * n / o).
namespace xtape::layers {

/// Options of AdaptiveMaxPooling and AdaptiveAveragePooling.
struct AdaptivePoolingOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The largest of the cells.
template <std::size_t axes>
class XTAPE_API AdaptiveMaxPooling : public Layer {
 public:
  /// @throws ValueError for numbers below 1; in a call ShapeError unless inputs have these axes, and cells.
  explicit AdaptiveMaxPooling(Size<axes> output_size, AdaptivePoolingOptions options = {});  // refused? see its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static AdaptiveMaxPooling from_config(const Config& config);
};
using AdaptiveMaxPooling1D = AdaptiveMaxPooling<1>;
using AdaptiveMaxPooling2D = AdaptiveMaxPooling<2>;
using AdaptiveMaxPooling3D = AdaptiveMaxPooling<3>;

/// The mean of the cells.
template <std::size_t axes>
class XTAPE_API AdaptiveAveragePooling : public Layer {
 public:
  /// @throws as AdaptiveMaxPooling.
  explicit AdaptiveAveragePooling(Size<axes> output_size,
                                  AdaptivePoolingOptions options = {});  // refused? see AdaptivePoolingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static AdaptiveAveragePooling from_config(const Config& config);
};
using AdaptiveAveragePooling1D = AdaptiveAveragePooling<1>;
using AdaptiveAveragePooling2D = AdaptiveAveragePooling<2>;
using AdaptiveAveragePooling3D = AdaptiveAveragePooling<3>;

}  // namespace xtape::layers
