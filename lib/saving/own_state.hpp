#pragma once

#include <optional>
#include <string>
#include <xtape/models/model.hpp>

#include "io/array_group.hpp"
#include "saving/release.hpp"

// What Keras has no place for, and does not look at.
namespace xtape::saving {

// Random state and which layers give no masks, as JSON.
std::string own_state_of(const models::Model& model);
// Has the layers give masks as they did. @throws FormatError, ValueError for what own_state_of does not give.
void follow_own_state(const Config& state, layers::LayerImpl& model);

// Inputs, and what the model makes of them. @throws ValueError for a model whose inputs are not known, or that takes
// none of those that are tried.
io::ArrayGroup self_test_of(const models::Model& model);
// @throws ValueError if the model computes something else.
void run_self_test(const models::Model& model, const io::ArrayGroup& test, const std::string& file);

}  // namespace xtape::saving
