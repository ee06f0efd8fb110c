#pragma once

#include <string>
#include <xtape/models/model.hpp>

#include "io/array_group.hpp"

// A few inputs of a model with what it makes of them, by which a file shows whether it still computes the same.
namespace xtape::saving {

// Inputs, and what the model makes of them. @throws ValueError for a model whose inputs are not known, or that takes
// none of those that are tried.
io::ArrayGroup self_test_of(const models::Model& model);
// @throws ValueError if the model computes something else.
void run_self_test(const models::Model& model, const io::ArrayGroup& test, const std::string& file);

}  // namespace xtape::saving
