#include <optional>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/saving/saving.hpp>

#include "saving/config_problems.hpp"
#include "saving/format.hpp"
#include "saving/legacy_h5.hpp"
#include "saving/model_file.hpp"
#include "saving/optimizer_state.hpp"
#include "saving/own_state.hpp"
#include "saving/random_state.hpp"
#include "saving/weights_tree.hpp"

namespace xtape::saving {
namespace {

// A model of one's own is built by what it was built for.
void build(const models::Model& model, const Config& config) {
  if (model.built()) return;
  const Config* built = config.find("build_config");
  const Config* input_shape = built && built->is_dict() ? built->find("input_shape") : nullptr;
  if (!input_shape || !input_shape->is_list()) return;
  Shape shape;
  from_config(*input_shape, shape);
  model.impl().ensure_built(shape);
}

// call(), whose errors begin with the file's name.
template <class Call>
void in_file(const std::string& path, const Call& call) {
  try {
    call();
  } catch (Error& error) {
    if (error.message().find(path) == std::string::npos) error.set_message(path + ": " + error.message());
    throw;
  }
}

void set_weights(const models::Model& model, const ModelFile& file) {
  WeightsPlan plan;
  if (file.is_legacy) {
    plan_legacy_weights(file.weights, model, {.reshapes = !file.release.sorts_axes()}, plan);
  } else {
    plan_weights(file.weights, model.impl(), file.release, false, plan);
  }
  if (plan.is_right() && model.compiled() && file.optimizer) {
    plan_optimizer(model, numbered_arrays(*file.optimizer), &*file.optimizer, plan);
  }
  plan.check("load_model: " + file.path);
  plan.apply();
}

}  // namespace

models::Model load_model(const std::string& filepath, const LoadOptions& options) {
  const Format format = format_of("load_model", filepath, options.format, {Format::keras, Format::h5});
  ModelFile file = format == Format::keras ? read_keras(filepath) : read_legacy_h5(filepath);
  file.config = translated(file.config, file.release);
  const layers::CustomObjectScope custom_objects(options.custom_objects);
  const models::Model model = model_of(file.config, filepath);
  in_file(filepath, [&] {
    build(model, file.config);
    follow(file.release, model.impl());
    if (file.own_state) follow_own_state(*file.own_state, model.impl());
    const Config* compiled = file.config.find("compile_config");
    // Keras 3.16 writes {} where nothing was compiled.
    const bool was_compiled = compiled && compiled->is_dict() && !compiled->entries().empty();
    if (options.compile && was_compiled) model.compile_from_config(*compiled);
    set_weights(model, file);
    if (file.self_test) run_self_test(model, *file.self_test, filepath);
    if (file.own_state && model.compiled() && options.random_state) {
      set_random_state_of(model.impl(), file.own_state->at("random_state"));
    }
  });
  return model;
}

}  // namespace xtape::saving
