#pragma once

#include <optional>
#include <string>
#include <vector>
#include <xtape/models/model.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/tensor.hpp>

#include "io/array_group.hpp"
#include "saving/release.hpp"
#include "saving/weights_plan.hpp"

// What an optimizer keeps, in Keras's order and types.
namespace xtape::saving {

// The arrays "0", "1", ... of `optimizer/vars`, and of which variables of the model they are the state.
io::ArrayGroup optimizer_tree(const models::Model& model);
// The same by the names of Keras's older format: "adam/iteration", "adam/dense_kernel_momentum".
std::vector<std::pair<std::string, Tensor>> named_optimizer_state(const optimizers::Optimizer& optimizer);

// Builds an optimizer that is not built for the variables whose state the group has, if they are all the model's.
void build_as_stored(const models::Model& model, const io::ArrayGroup& vars);
// How the variables whose state the group has differ from those that the model trains, as where layers were frozen or
// freed after the optimizer was built; nothing if they are the same.
std::optional<std::string> of_other_variables(const models::Model& model, const optimizers::Optimizer& optimizer,
                                              const io::ArrayGroup& vars);
// What sets the state of the model's optimizer, or of one that it would have, to that of the group. An optimizer that
// is not built is built, unless the state is of one that was not.
void plan_optimizer(const models::Model& model, const optimizers::Optimizer& optimizer, const io::ArrayGroup& vars,
                    const Release& release, WeightsPlan& plan);
// The arrays "0", "1", ... of a group.
std::vector<Tensor> numbered_arrays(const io::ArrayGroup& group);

}  // namespace xtape::saving
