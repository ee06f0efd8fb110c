#include "saving/model_checks.hpp"

#include <xtape/error.hpp>
#include <xtape/layers/variable.hpp>

#include "io/utf8.hpp"

namespace xtape::saving {

void check_built(const std::string& what, const models::Model& model) {
  if (model.built()) return;
  throw ValueError(what + ": the model is not built, so that it has no weights; call it, or build(input_shape), first",
                   model.name());
}

void check_names(const std::string& what, const models::Model& model) {
  for (const layers::Variable& variable : model.weights()) io::check_utf8(what + ": a weight", variable.path);
}

}  // namespace xtape::saving
