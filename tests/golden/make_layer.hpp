#pragma once

#include <string>
#include <xtape/layers/layer.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The layer of that Keras class, which reads its arguments as from a file.
layers::Layer make_layer(const std::string& class_name, const Config& config);

}  // namespace xtape::test
