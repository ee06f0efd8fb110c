#pragma once

#include <string>
#include <vector>
#include <xtape/models/data.hpp>

namespace xtape::models {

// @throws ValueError naming the first element of x or y that is not finite. The names of inputs and outputs are those
// of the model, if it has them.
void check_finite(const Batch& data, const std::vector<std::string>& input_names,
                  const std::vector<std::string>& output_names);

}  // namespace xtape::models
