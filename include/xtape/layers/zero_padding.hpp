#pragma once

#include <cstddef>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/margins.hpp>

namespace xtape::layers {

struct ZeroPaddingOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Cells of zeros around inputs [batch, length, channels], [batch, height, width, channels] or [batch, depth, height,
/// width, channels].
template <std::size_t axes>
class XTAPE_API ZeroPadding : public Layer {
 public:
  /// @throws ValueError for negative numbers; in a call ShapeError unless inputs have these axes, or if a length
  /// becomes too large.
  explicit ZeroPadding(Margins<axes> padding = 1, ZeroPaddingOptions options = {});  // refused? see ZeroPaddingOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static ZeroPadding from_config(const Config& config);
};
using ZeroPadding1D = ZeroPadding<1>;
using ZeroPadding2D = ZeroPadding<2>;
using ZeroPadding3D = ZeroPadding<3>;

}  // namespace xtape::layers
