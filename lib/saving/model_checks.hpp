#pragma once

#include <string>
#include <xtape/models/model.hpp>

// What is looked at before a file is written or read.
namespace xtape::saving {

// @throws ValueError unless the model is built.
void check_built(const std::string& what, const models::Model& model);
// @throws ValueError for a model or layer whose name is not UTF-8, which no format keeps.
void check_names(const std::string& what, const models::Model& model);

}  // namespace xtape::saving
