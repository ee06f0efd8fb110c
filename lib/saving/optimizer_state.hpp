#pragma once

#include <string>
#include <vector>
#include <xtape/models/model.hpp>
#include <xtape/tensor.hpp>

#include "io/array_group.hpp"
#include "saving/weights_plan.hpp"

// What an optimizer keeps, in Keras's order and types.
namespace xtape::saving {

// The arrays "0", "1", ... of `optimizer/vars`.
io::ArrayGroup optimizer_tree(const optimizers::Optimizer& optimizer);
// The same by the names of Keras's older format: "adam/iteration", "adam/dense_kernel_momentum".
std::vector<std::pair<std::string, Tensor>> named_optimizer_state(const optimizers::Optimizer& optimizer);

// What sets the state of the model's optimizer to these values, `vars` being the group that they are from. An optimizer
// that is not built is built, unless the values are of one that was not.
void plan_optimizer(const models::Model& model, const std::vector<Tensor>& values, const io::ArrayGroup* vars,
                    WeightsPlan& plan);
// The arrays "0", "1", ... of a group.
std::vector<Tensor> numbered_arrays(const io::ArrayGroup& group);

}  // namespace xtape::saving
