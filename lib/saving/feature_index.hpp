#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/shape.hpp>

#include "saving/tensor_axes.hpp"

// Where PyTorch has each feature that a layer here takes or returns.
namespace xtape::saving {

// By features here, their places there; empty where both have one order.
using FeatureIndex = std::vector<int64_t>;

// Either that, or what is to be said about it.
struct FeatureIndexOrProblem {
  FeatureIndex index = {};
  std::string problem = {};
};

// `features`: so many. `runs`: what the model shows of them, if it does. `given`: what they are made of in PyTorch, the
// first the slowest, if somebody says it. `option`: what it is said by. `layer` and `module` for the texts.
FeatureIndexOrProblem feature_index(int64_t features, const FeatureRuns* runs, const Shape* given,
                                    const std::string& option, const std::string& layer, const std::string& module);

}  // namespace xtape::saving
