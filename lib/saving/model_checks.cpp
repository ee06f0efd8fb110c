#include "saving/model_checks.hpp"

#include <unordered_set>
#include <xtape/error.hpp>
#include <xtape/layers/variable.hpp>
#include <xtape/models/model_impl.hpp>

#include "io/utf8.hpp"

namespace xtape::saving {

namespace {

// Those without weights stand in configurations.
void check_names_in(const std::string& what, const layers::LayerImpl& layer,
                    std::unordered_set<const layers::LayerImpl*>& seen) {
  if (!seen.insert(&layer).second) return;
  io::check_utf8(what + ": a layer", layer.name());
  for (const auto& part : layer.parts()) check_names_in(what, *part, seen);
}

}  // namespace

void check_built(const std::string& what, const models::Model& model) {
  if (model.built()) return;
  throw ValueError(what + ": the model is not built, so that it has no weights; call it, or build(input_shape), first",
                   model.name());
}

void check_names(const std::string& what, const models::Model& model) {
  for (const layers::Variable& variable : model.weights()) io::check_utf8(what + ": a weight", variable.path);
  std::unordered_set<const layers::LayerImpl*> seen;
  check_names_in(what, model.impl(), seen);
}

}  // namespace xtape::saving
