#pragma once

#include <memory>
#include <string>
#include <xtape/optimizers/optimizer.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The optimizer of that Keras class. @throws ValueError for a class that is not known here.
std::shared_ptr<optimizers::Optimizer> make_optimizer(const std::string& class_name, const Config& config);

}  // namespace xtape::test
