#pragma once

#include <string>
#include <xtape/losses/loss.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The loss of that Keras class, which reads its arguments as from a file.
losses::Loss make_loss(const std::string& class_name, const Config& config);

}  // namespace xtape::test
