#pragma once

#include <vector>
#include <xtape/export.hpp>
#include <xtape/losses/loss.hpp>
#include <xtape/models/model.hpp>
#include <xtape/tensor.hpp>

namespace xtape::models {

struct PerExampleGradientsOptions {
  /// How the model is called. Each example then is a batch of its own: it has its own dropout, and a layer that gathers
  /// statistics of batches refuses (an AutogradError).
  bool training = false;
};

/// For each of model.trainable_variables() the gradients of the loss of every example, [n, ...variable]: what a loop
/// over batches of one sample would give, in one pass (vmap). Their mean is the gradient of the loss of x [n, ...] and
/// y [n, ...] at the reduction "sum_over_batch_size". Penalties of regularizers are left out; grad() of the variables
/// stays as it is.
/// @throws ValueError for an undefined x or y, no samples, a model that is not built or a loss with the reduction
/// "none"; ShapeError if x and y are of different lengths; else as the model and the loss.
XTAPE_API std::vector<Tensor> per_example_gradients(const Model& model, const losses::Loss& loss, const Tensor& x,
                                                    const Tensor& y, PerExampleGradientsOptions options = {});

}  // namespace xtape::models
