#pragma once

#include <string>
#include <xtape/constraints/constraint.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::layers {

struct PReLUOptions {
  initializers::Initializer alpha_initializer = "zeros";
  regularizers::Regularizer alpha_regularizer = {};
  constraints::Constraint alpha_constraint = {};
  /// Axes of the inputs, counted from the batch, which is 0, along which all places have one slope: {1, 2} of images.
  Axes shared_axes = {};
  Shape input_shape = {};
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;

  XTAPE_API void fields(Fields& f);
};

/// x where positive, else alpha * x with slopes that are learned (He et al., 2015). The shape stays. Weight: alpha, of
/// the shape of one sample, in which shared axes have the length 1.
class XTAPE_API PReLU : public Layer {
 public:
  /// @throws ValueError for a shared axis below 1; in the first call IndexError for one that the inputs have not got,
  /// ShapeError if the length of another one is unknown; later ShapeError for other lengths.
  explicit PReLU(PReLUOptions options = {});  // refused? see PReLUOptions
  /// The layer that get_config describes. @throws ValueError for an unknown option, with the nearest ones.
  static PReLU from_config(const Config& config);
};

}  // namespace xtape::layers
