#include "saving/model_file.hpp"

#include <iostream>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::saving {

void check_built(const std::string& what, const models::Model& model) {
  if (model.built()) return;
  throw ValueError(what + ": the model is not built, so that it has no weights; call it, or build(input_shape), first",
                   model.name());
}

Config config_of(const models::Model& model, const SaveOptions& options) {
  Config config = layers::serialize(model);
  if (!options.include_optimizer || !model.compiled()) return config;
  try {
    config.set("compile_config", model.get_compile_config());
  } catch (const ValueError& error) {
    std::cerr << "save: the model \"" << model.name()
              << "\" is written without what it was compiled with, so that it has to be compiled after loading: "
              << error.message() << std::endl;
  }
  return config;
}

}  // namespace xtape::saving
