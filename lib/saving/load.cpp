#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/postponed_weights.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/saving/saving.hpp>

#include "io/in_call.hpp"
#include "saving/assets.hpp"
#include "saving/config_problems.hpp"
#include "saving/file_limits.hpp"
#include "saving/format.hpp"
#include "saving/in_file.hpp"
#include "saving/kept_states.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/own_state.hpp"
#include "saving/part_places.hpp"
#include "saving/random_state.hpp"
#include "saving/self_test.hpp"
#include "saving/shared_by_id.hpp"
#include "saving/weights_legacy.hpp"
#include "saving/weights_tree.hpp"

namespace xtape::saving {
namespace {

// What the arrays of a file take. Weights may be of the larger type.
int64_t bytes_in(const io::ArrayGroup& group) {
  int64_t bytes = 0;
  for (const auto& [name, array] : group.arrays) {
    bytes += array.numel() * std::max<int64_t>(static_cast<int64_t>(size_of(array.dtype())), 4);
  }
  for (const io::NamedGroup& each : group.groups) bytes += bytes_in(each.second);
  return bytes;
}

// The optimizer whose state the file is to have: that of a model that could not be compiled too, if it alone can be
// made, so that all that is wrong can be told.
optimizers::Optimizer optimizer_of(const models::Model& model, const Config& compiled, bool is_compiled) {
  if (is_compiled) return model.optimizer();
  optimizers::Optimizer optimizer;
  const Config* const given = compiled.find("optimizer");
  const bool is_right = given && problems_of([&] { optimizer = optimizers::deserialize(*given); }).empty();
  return is_right ? optimizer : optimizers::Optimizer();
}

// Compiles the model as it was, and gives it its weights, where the file has none for one, its initial values. All that
// is wrong is one error.
void restore(const models::Model& model, const ModelFile& file, bool compile,
             const detail::PostponedWeights& postponed) {
  WeightsPlan plan;
  const Config* compiled = file.config.find("compile_config");
  // Keras 3.16 writes {} where nothing was compiled.
  const bool was_compiled = compiled && compiled->is_dict() && !compiled->entries().empty();
  optimizers::Optimizer optimizer;
  if (compile && was_compiled) {
    for (const std::string& problem : problems_of([&] { model.compile_from_config(*compiled); })) {
      plan.note("what it was compiled with: " + problem);
    }
    optimizer = optimizer_of(model, *compiled, plan.is_right());
  }
  if (file.is_legacy) {
    plan_legacy_weights(file.weights, model, {.release = file.release}, plan);
  } else {
    plan_weights_tree(file.weights, model.impl(), file.release, false, plan);
  }
  if (optimizer && file.optimizer) {
    // Keras leaves it out as well, and says so.
    const std::optional<std::string> difference =
        compiled->find("optimizer") ? of_other_variables(model, optimizer, *file.optimizer)
                                    : "the file does not say which optimizer it is of, \"rmsprop\" is taken";
    if (difference) {
      std::cerr << "load_model: " << file.path
                << ": the state of the optimizer is left out, and it begins anew: " << *difference << std::endl;
    } else {
      plan_optimizer(model, optimizer, *file.optimizer, file.release, plan);
    }
  }
  note_extra_assets(file.assets, model.impl(), plan);
  // Of a model that is only to predict, layers begin anew.
  const io::ArrayGroup* const states = compile && was_compiled && file.states ? &*file.states : nullptr;
  if (states) plan_kept_states(*states, model.impl(), plan);
  plan.check(file.path);
  plan.apply();
  postponed.draw_others([&](const Tensor& weight) { return plan.sets(weight); });
  if (states) set_kept_states(*states, model.impl());
}

// The model, in which layers at several places are one as they were.
models::Model made_with_shared_layers(ModelFile& file) {
  if (file.own_state) {
    const auto scope = in_file(
        file.path, [&] { return std::make_unique<layers::SharedLayersScope>(shared_in_own_state(*file.own_state)); });
    const models::Model model = model_of(file.config, file.path);
    in_file(file.path, [&] { scope->check_all_read(); });
    return model;
  }
  // Keras itself makes two layers, of which one lacks weights.
  const layers::SharedLayers shared = file.is_legacy ? layers::SharedLayers() : shared_by_id(file.config);
  if (!shared.empty()) {
    const layers::SharedLayersScope scope(shared);
    const models::Model model = model_of(file.config, file.path);
    unpack_weights(file, most_bytes_of(model));
    settle_part_places(file.weights, model.impl(), true);
    if (!has_values_again(file.weights, model.impl())) return model;
  }
  return model_of(file.config, file.path);
}

// The model with its weights and the state of its optimizer.
models::Model restored(ModelFile& file, bool compile) {
  const detail::PostponedWeights postponed;
  const models::Model model = made_with_shared_layers(file);
  in_file(file.path, [&] {
    follow(file.release, model.impl());
    if (file.own_state) follow_own_state(*file.own_state, model.impl());
  });
  unpack_weights(file, most_bytes_of(model));
  // Keras's own files say it by names alone.
  if (!file.own_state && !file.is_legacy) settle_part_places(file.weights, model.impl(), true);
  restore(model, file, compile, postponed);
  return model;
}

models::Model made_of(ModelFile file, const LoadOptions& options) {
  const std::string& filepath = file.path;
  file.config = translated(file.config, file.release);
  const layers::CustomObjectScope custom_objects(options.custom_objects);
  const models::Model model = restored(file, options.compile);
  in_file(filepath, [&] { load_assets(file.assets, model.impl()); });
  if (file.self_test) run_self_test(model, *file.self_test, filepath);
  if (file.own_state && model.compiled() && options.random_state) {
    in_file(filepath, [&] { set_random_state_of(model.impl(), file.own_state->at("random_state")); });
  }
  return model;
}

models::Model read_model(const std::string& filepath, Format format, const LoadOptions& options) {
  ModelFile file = format == Format::keras ? read_keras(filepath) : read_legacy(filepath);
  const int64_t held = file.archive ? static_cast<int64_t>(file.unpacked_bytes) : bytes_in(file.weights);
  return within_limits_of(filepath, held, [&] { return made_of(std::move(file), options); });
}

}  // namespace

models::Model load_model(const std::string& filepath, const LoadOptions& options) {
  const Format format = format_of("load_model", filepath, options.format, {Format::keras, Format::h5});
  const detail::ConfigPlace::Outermost whole;
  return io::in_call("load_model", [&] { return read_model(filepath, format, options); });
}

}  // namespace xtape::saving
