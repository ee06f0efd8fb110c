#pragma once

#include <string>
#include <xtape/models/options.hpp>

namespace xtape::models {

// @throws ValueError, of the model with that name, for a number outside its range.
void check_in_range(const FitOptions& options, const std::string& model);
void check_in_range(const EvaluateOptions& options, const std::string& model);
void check_in_range(const PredictOptions& options, const std::string& model);

}  // namespace xtape::models
