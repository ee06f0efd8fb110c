#include <cstddef>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/saving/saving.hpp>

#include "io/hdf5.hpp"
#include "io/in_call.hpp"
#include "io/npz_reader.hpp"
#include "saving/format.hpp"
#include "saving/in_file.hpp"
#include "saving/model_checks.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/part_places.hpp"
#include "saving/weights_legacy.hpp"
#include "saving/weights_named.hpp"
#include "saving/weights_tree.hpp"

// Apart from load_model, so that a program that reads weights alone is not linked with all layers.
namespace xtape::saving {
namespace {

// The state of the optimizer, where it is of the one that the model has; as in Keras it is left out with a word else.
void plan_optimizer_if_it_fits(const models::Model& model, const io::ArrayGroup* vars, const Release& release,
                               const std::string& path, WeightsPlan& plan) {
  if (!vars || !model.compiled()) return;
  WeightsPlan optimizer;
  plan_optimizer(model, model.optimizer(), *vars, release, optimizer);
  plan.add(std::move(optimizer), true, "load_weights: " + path + ": the state of the optimizer");
}

// What weights do not say.
void warn_of_masks(const models::Model& model, const Release& release, const std::string& path) {
  if (!has_other_masks(release, model.impl())) return;
  std::cerr << "load_weights: " << path
            << ": the file is of Keras 3.16, in which recurrent layers give no masks; those of \"" << model.name()
            << "\" do, so that it predicts otherwise. load_model keeps to the release of the file" << std::endl;
}

void load(const models::Model& model, const std::string& path, const io::ArrayGroup& weights, const Release& release,
          bool skips) {
  WeightsPlan plan;
  settle_part_places(weights, model.impl(), false);
  plan_weights_tree(weights, model.impl(), release, skips, plan);
  plan.check(path);
  plan_optimizer_if_it_fits(model, weights.find_group("optimizer/vars"), release, path, plan);
  plan.apply();
  warn_of_masks(model, release, path);
}

NamedArrays arrays_in_npz(const std::string& path) {
  const auto file = std::make_shared<const io::NpzReader>(path);
  return {file->names(), [file](std::size_t index, const auto& wanted) { return file->read(index, wanted); }};
}

// Mapped: an array that nobody looks at takes no memory.
NamedArrays arrays_in_safetensors(const std::string& path) {
  const io::NamedTensors tensors = io::load_safetensors(path).tensors;
  NamedArrays arrays;
  for (const auto& [name, tensor] : tensors) arrays.names.push_back(name);
  arrays.read = [tensors](std::size_t index, const auto&) {
    return io::NpzReader::Array{tensors[index].second.shape(), tensors[index].second};
  };
  return arrays;
}

// Either format of HDF5: names of files do not always say which, as releases of Keras have taken them.
void load_hdf5(const models::Model& model, const std::string& path, const LoadWeightsOptions& options) {
  const io::ArrayGroup root = io::read_hdf5(path);
  const bool is_legacy = root.find_attribute("layer_names");
  const io::ArrayGroup* const whole = is_legacy ? nullptr : root.find_group("model_weights");
  if (!is_legacy && !whole && !options.by_name) {
    return load(model, path, root, release_of_weights(root), options.skip_mismatch);
  }
  const io::ArrayGroup& weights = whole ? *whole : root;
  WeightsPlan plan;
  const LegacyReading reading{
      .by_name = options.by_name, .skips = options.skip_mismatch, .release = release_of_weights(weights)};
  in_file(path, [&] { plan_legacy_weights(weights, model, reading, plan); });
  plan.check(path);
  plan.apply();
  warn_of_masks(model, reading.release, path);
}

}  // namespace

void load_weights(const models::Model& model, const std::string& filepath, const LoadWeightsOptions& options) {
  const Format format = format_of("load_weights", filepath, options.format,
                                  {Format::keras, Format::weights_h5, Format::h5, Format::safetensors, Format::npz});
  check_built("load_weights", model);
  if (options.by_name && format != Format::h5) {
    throw ValueError("load_weights: by_name is for the format \"h5\": other files have no names of layers");
  }
  io::in_call("load_weights", [&] {
    if (format == Format::h5 || format == Format::weights_h5) return load_hdf5(model, filepath, options);
    if (format == Format::keras) {
      ModelFile file = read_keras(filepath);
      unpack_weights(file, most_bytes_of(model));
      return load(model, filepath, file.weights, file.release, options.skip_mismatch);
    }
    WeightsPlan plan;
    plan_named_weights(format == Format::npz ? arrays_in_npz(filepath) : arrays_in_safetensors(filepath), model,
                       options.skip_mismatch, plan);
    plan.check(filepath);
    plan.apply();
  });
}

}  // namespace xtape::saving

namespace xtape::models {

void Model::load_weights(const std::string& filepath, const saving::LoadWeightsOptions& options) const {
  saving::load_weights(*this, filepath, options);
}

}  // namespace xtape::models
