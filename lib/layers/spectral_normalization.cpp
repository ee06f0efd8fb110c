#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/spectral_normalization.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/normalization.hpp>
#include <xtape/ops/reduction.hpp>

#include "layers/build_config.hpp"
#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

struct SpectralNormalizationFields {
  // The layer as serialize writes it.
  Config layer = {};
  SpectralNormalizationOptions options = {};

  void fields(Fields& f) {
    f("layer", layer);
    options.fields(f);
  }
};

class SpectralNormalizationImpl : public LayerImpl {
 public:
  SpectralNormalizationImpl(const Layer& layer, SpectralNormalizationOptions given)
      : LayerImpl(layer_options(given)), layer_(layer), given_(std::move(given)) {
    detail::check_at_least(1, "SpectralNormalization", "power_iterations", given_.power_iterations);
  }

  void fields(Fields& f) override { SpectralNormalizationFields{serialize(layer_), given_}.fields(f); }

  std::optional<std::string> place_of_part(std::size_t) const override { return "layer"; }

  void build(const Shape& input_shape) override {
    layer_.build(input_shape);
    const Variable normalized = normalized_weight();
    kernel_ = normalized.value;
    share_weight(normalized);
    vector_u_ = add_weight("vector_u", {1, kernel_.shape(-1)}, initializers::TruncatedNormal({.stddev = 0.02}),
                           {.trainable = false});
  }

  Tensor call(const Tensor& x) {
    if (training() && !is_recomputing()) normalize_weight();
    return layer_(x);
  }

  Shape compute_output_shape(const Shape& input_shape) override { return layer_.compute_output_shape(input_shape); }

 protected:
  // The layer itself looks.
  void check_input(const Shape&) const override {}

 private:
  Variable normalized_weight() const {
    // Of the layer itself, not of one in it; as it was made, whether frozen now or not.
    const std::vector<Variable> own = layer_.impl().own_weights();
    for (const char* name : {"kernel", "embeddings"}) {
      const auto found =
          std::find_if(own.begin(), own.end(), [&](const Variable& variable) { return variable.name == name; });
      if (found != own.end()) return *found;
    }
    throw ValueError("expected a layer with a weight \"kernel\" or \"embeddings\", given " + layer_.name() + ", a " +
                     layer_.class_name());
  }

  void normalize_weight() {
    const NoGrad no_grad;
    const Tensor is_zero = all(kernel_ == 0);
    const auto [kernel, vector] = spectral_norm(kernel_, vector_u_, given_.power_iterations);
    kernel_.assign(where(is_zero, kernel_, kernel));
    vector_u_.assign(where(is_zero, vector_u_, vector));
  }

  Layer layer_;
  SpectralNormalizationOptions given_;
  Tensor kernel_;
  Tensor vector_u_;
};

}  // namespace

void SpectralNormalizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("power_iterations", power_iterations);
}

SpectralNormalization::SpectralNormalization(const Layer& layer, SpectralNormalizationOptions options)
    : Layer(make_layer<SpectralNormalizationImpl>(layer, std::move(options))) {}

SpectralNormalization SpectralNormalization::from_config(const Config& config) {
  auto given = read_fields<SpectralNormalizationFields>(config, "SpectralNormalization");
  // The layer in it has said for itself whether it is trained.
  const bool trainable = std::exchange(given.options.trainable, true);
  const SpectralNormalization made(deserialize_unbuilt(given.layer), std::move(given.options));
  made.Layer::impl().set_own_trainable(trainable);
  return made;
}

}  // namespace xtape::layers
