#pragma once

#include <xtape/export.hpp>
#include <xtape/gradcheck.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

struct LayerGradcheckOptions {
  GradcheckOptions check = {};
  /// The `training` of the calls.
  bool training = false;
};

/// gradcheck of a layer, or a model made of layers, of float64 at the input x: with respect to its trainable weights,
/// which reports name by their paths, and to x ("x") where layer.dtype() and x are float64. All layers within have to
/// be float64, also those without weights: another one rounds what comes through. The layer is built if it is not;
/// weights are afterwards what they were. @throws as xtape::gradcheck.
XTAPE_API GradcheckReport gradcheck(const Layer& layer, const Tensor& x, const LayerGradcheckOptions& options = {});
/// The check of second order alone.
XTAPE_API GradcheckReport gradgradcheck(const Layer& layer, const Tensor& x, const LayerGradcheckOptions& options = {});

}  // namespace xtape::layers
