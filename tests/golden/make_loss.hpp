#pragma once

#include <memory>
#include <string>

#include <xtape/losses/loss.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The loss of that Keras class. @throws ValueError for a class that is not known here.
std::shared_ptr<losses::Loss> make_loss(const std::string& class_name, const Config& config);

}  // namespace xtape::test
