#pragma once

#include <memory>
#include <string>
#include <xtape/layers/layer.hpp>

#include "golden/cases.hpp"

namespace xtape::test {

/// The layer of that Keras class. @throws ValueError for a class that is not known here.
std::shared_ptr<layers::Layer> make_layer(const std::string& class_name, const Config& config);

}  // namespace xtape::test
