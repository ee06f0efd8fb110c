#pragma once

#include <string>
#include <xtape/optimizers/optimizer.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The optimizer of that Keras class, which reads its arguments as from a file.
optimizers::Optimizer make_optimizer(const std::string& class_name, const Config& config);

}  // namespace xtape::test
