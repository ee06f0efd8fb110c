#pragma once

#include <cstddef>
#include <string>
#include <xtape/layers/layer.hpp>

// Pooling of all cells, over one, two or three axes, channels last: inputs are [batch, length, channels], [batch,
// height, width, channels] or [batch, depth, height, width, channels], outputs [batch, channels].
namespace xtape::layers {

/// Options of GlobalMaxPooling and GlobalAveragePooling.
struct GlobalPoolingOptions {
  /// Keep the spatial axes, with lengths of 1.
  bool keepdims = false;
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// The largest of all cells; equal ones share the gradient evenly.
template <std::size_t axes>
class XTAPE_API GlobalMaxPooling : public Layer {
 public:
  /// @throws ShapeError, in a call, unless inputs have these axes, and cells.
  explicit GlobalMaxPooling(GlobalPoolingOptions options = {});  // refused? see GlobalPoolingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GlobalMaxPooling from_config(const Config& config);
};
using GlobalMaxPooling1D = GlobalMaxPooling<1>;
using GlobalMaxPooling2D = GlobalMaxPooling<2>;
using GlobalMaxPooling3D = GlobalMaxPooling<3>;
// As Keras calls them too.
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;
using GlobalMaxPool3D = GlobalMaxPooling3D;

/// The mean of all cells; that of a sequence with a mask (mask.hpp) is the mean of the steps that count, NaN if none
/// does.
template <std::size_t axes>
class XTAPE_API GlobalAveragePooling : public Layer {
 public:
  /// @throws ShapeError, in a call, unless inputs have these axes.
  explicit GlobalAveragePooling(GlobalPoolingOptions options = {});  // refused? see GlobalPoolingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static GlobalAveragePooling from_config(const Config& config);
};
using GlobalAveragePooling1D = GlobalAveragePooling<1>;
using GlobalAveragePooling2D = GlobalAveragePooling<2>;
using GlobalAveragePooling3D = GlobalAveragePooling<3>;
// As Keras calls them too.
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;
using GlobalAvgPool3D = GlobalAveragePooling3D;

}  // namespace xtape::layers
