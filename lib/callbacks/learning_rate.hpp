#pragma once

#include <xtape/models/model.hpp>

namespace xtape::callbacks {

/// The model's learning rate as Keras logs it, whose variable is of float32.
double logged_learning_rate(const models::Model& model);

}  // namespace xtape::callbacks
