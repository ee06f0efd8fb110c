#pragma once

#include <memory>
#include <string>
#include <xtape/models/model_impl.hpp>

#include "models/epochs.hpp"

namespace xtape::models {

// Data that loss and metrics are measured on: looked at, but not tried on the model yet.
struct ModelImpl::TestData {
  // Null if there are none.
  std::unique_ptr<Epochs> epochs;
  // What is to be tried, and what its errors begin with.
  std::string what;
  Batch tried;
};

}  // namespace xtape::models
