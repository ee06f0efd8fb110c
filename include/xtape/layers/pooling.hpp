#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/size.hpp>

// Pooling by windows, over one, two or three axes, channels last: inputs and outputs are [batch, length, channels],
// [batch, height, width, channels] or [batch, depth, height, width, channels].
namespace xtape::layers {

/// Options of MaxPooling and AveragePooling.
template <std::size_t axes>
struct PoolingOptions {
  /// Distance between windows; default: their size.
  std::optional<Size<axes>> strides = std::nullopt;
  /// "valid" or "same".
  std::string padding = "valid";
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};
using Pooling1DOptions = PoolingOptions<1>;
using Pooling2DOptions = PoolingOptions<2>;
using Pooling3DOptions = PoolingOptions<3>;

/// The largest element of each window.
template <std::size_t axes>
class XTAPE_API MaxPooling : public Layer {
 public:
  /// @throws ValueError for numbers below 1 or an unknown padding; in a call ShapeError unless inputs hold a window.
  explicit MaxPooling(Size<axes> pool_size = 2, PoolingOptions<axes> options = {});  // refused? see PoolingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static MaxPooling from_config(const Config& config);
};
using MaxPooling1D = MaxPooling<1>;
using MaxPooling2D = MaxPooling<2>;
using MaxPooling3D = MaxPooling<3>;
// As Keras calls them too.
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using MaxPool3D = MaxPooling3D;

/// The mean of each window; cells of "same" padding do not count.
template <std::size_t axes>
class XTAPE_API AveragePooling : public Layer {
 public:
  /// @throws as MaxPooling.
  explicit AveragePooling(Size<axes> pool_size = 2, PoolingOptions<axes> options = {});  // refused? see PoolingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static AveragePooling from_config(const Config& config);
};
using AveragePooling1D = AveragePooling<1>;
using AveragePooling2D = AveragePooling<2>;
using AveragePooling3D = AveragePooling<3>;
// As Keras calls them too.
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using AvgPool3D = AveragePooling3D;

}  // namespace xtape::layers
