#pragma once

#include <string_view>
#include <xtape/models/model.hpp>

namespace xtape::models {

/// The model that Model::to_json, or Keras's, describes, with new weights.
/// @throws FormatError for what is not JSON, ValueError for what is no model, an unknown class or option.
XTAPE_API Model model_from_json(std::string_view json);

}  // namespace xtape::models
