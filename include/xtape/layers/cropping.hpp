#pragma once

#include <cstddef>
#include <string>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/margins.hpp>

namespace xtape::layers {

struct CroppingOptions {
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// Takes cells off the ends of inputs [batch, length, channels], [batch, height, width, channels] or [batch, depth,
/// height, width, channels]. By default Cropping1D and Cropping3D take one off each end, as in Keras, and Cropping2D
/// none.
template <std::size_t axes>
class XTAPE_API Cropping : public Layer {
 public:
  /// @throws ValueError for negative numbers; in a call ShapeError unless inputs have these axes, and something is
  /// left.
  explicit Cropping(Margins<axes> cropping = axes == 2 ? 0 : 1, CroppingOptions options = {});  // refused? its options
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static Cropping from_config(const Config& config);
};
using Cropping1D = Cropping<1>;
using Cropping2D = Cropping<2>;
using Cropping3D = Cropping<3>;

}  // namespace xtape::layers
