#include <iostream>
#include <optional>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/io/npz.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/saving/saving.hpp>

#include "io/hdf5.hpp"
#include "saving/format.hpp"
#include "saving/legacy_h5.hpp"
#include "saving/model_file.hpp"
#include "saving/named_weights.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/weights_tree.hpp"

// Apart from load_model, so that a program that reads weights alone is not linked with all layers.
namespace xtape::saving {
namespace {

// The state of the optimizer, where it is of the one that the model has; as in Keras it is left out with a word else.
void plan_optimizer_if_it_fits(const models::Model& model, const io::ArrayGroup* vars, const std::string& what,
                               WeightsPlan& plan) {
  if (!vars || !model.compiled()) return;
  WeightsPlan optimizer;
  plan_optimizer(model, *vars, optimizer);
  plan.add(std::move(optimizer), true, what + ": the state of the optimizer");
}

void load(const models::Model& model, const io::ArrayGroup& weights, const Release& release, bool skips,
          const std::string& what) {
  WeightsPlan plan;
  plan_weights(weights, model.impl(), release, skips, plan);
  plan.check(what);
  plan_optimizer_if_it_fits(model, weights.find_group("optimizer/vars"), what, plan);
  plan.apply();
}

// A file of one format may have the ending of the other.
void load_hdf5(const models::Model& model, const std::string& path, Format format, const LoadWeightsOptions& options,
               const std::string& what) {
  const io::ArrayGroup root = io::read_hdf5(path);
  const io::ArrayGroup* whole = root.find_attribute("layer_names") ? nullptr : root.find_group("model_weights");
  const io::ArrayGroup& weights = whole ? *whole : root;
  const bool newer = format == Format::weights_h5 || root.find_group("layers");
  if (!weights.find_attribute("layer_names") && newer && !options.by_name) {
    return load(model, root, {}, options.skip_mismatch, what);
  }
  const auto* version = weights.find_attribute_of<std::string>("keras_version");
  WeightsPlan plan;
  const LegacyReading reading{.by_name = options.by_name,
                              .skips = options.skip_mismatch,
                              .reshapes = version && !release_of(*version).sorts_axes()};
  plan_legacy_weights(weights, model, reading, plan);
  plan.check(what);
  plan.apply();
}

}  // namespace

void load_weights(const models::Model& model, const std::string& filepath, const LoadWeightsOptions& options) {
  const Format format = format_of("load_weights", filepath, options.format,
                                  {Format::keras, Format::weights_h5, Format::h5, Format::safetensors, Format::npz});
  check_built("load_weights", model);
  if (options.by_name && format != Format::h5) {
    throw ValueError("load_weights: by_name is for the format \"h5\": other files have no names of layers");
  }
  const std::string what = "load_weights: " + filepath;
  if (format == Format::h5 || format == Format::weights_h5) return load_hdf5(model, filepath, format, options, what);
  if (format == Format::keras) {
    const ModelFile file = read_keras(filepath);
    return load(model, file.weights, file.release, options.skip_mismatch, what);
  }
  WeightsPlan plan;
  const io::NamedTensors named =
      format == Format::npz ? io::load_npz(filepath) : io::load_safetensors(filepath).tensors;
  plan_named_weights(named, model, options.skip_mismatch, plan);
  plan.check(what);
  plan.apply();
}

}  // namespace xtape::saving

namespace xtape::models {

void Model::load_weights(const std::string& filepath, const saving::LoadWeightsOptions& options) const {
  saving::load_weights(*this, filepath, options);
}

}  // namespace xtape::models
