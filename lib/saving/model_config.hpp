#pragma once

#include <string>
#include <xtape/config.hpp>
#include <xtape/models/model.hpp>
#include <xtape/saving/options.hpp>

namespace xtape::saving {

// The configuration that a file of a model has: with what the model was compiled with, if it was and that can be
// written; if not, that is said on std::cerr. @throws ValueError for models in one another so deep, or of so many
// layers and calls, that they would not be read.
Config config_of(const models::Model& model, const SaveOptions& options);
// Its JSON. @throws ValueError for more than is read.
std::string config_text(const Config& config, const models::Model& model);

}  // namespace xtape::saving
