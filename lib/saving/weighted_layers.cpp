#include "saving/weighted_layers.hpp"

#include <unordered_set>
#include <xtape/models/model_impl.hpp>

#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;

class Walk {
 public:
  std::vector<WeightedLayer> found;

  // `outer`: that which has the layer as its only part and no weights of its own, or the layer.
  void visit(const LayerImpl& layer, const LayerImpl& outer, const std::string& path) {
    if (!seen_.insert(&layer).second || layer.weights().empty()) return;
    const bool has_own = !layer.own_weights().empty();
    if (has_own || layer.class_name() == "Bidirectional") found.push_back({path, &outer, &layer});
    // The weights of the layer in a SpectralNormalization are its own too.
    if (layer.class_name() == "Bidirectional" || layer.class_name() == "SpectralNormalization") return;
    const bool wraps = !has_own && layer.parts().size() == 1 && !dynamic_cast<const models::ModelImpl*>(&layer);
    for (const auto& part : layer.parts()) {
      if (wraps) {
        visit(*part, outer, path);
      } else {
        visit(*part, *part, joined(path, part->name()));
      }
    }
  }

 private:
  std::unordered_set<const LayerImpl*> seen_;
};

}  // namespace

std::vector<WeightedLayer> weighted_layers(const models::Model& model) {
  Walk walk;
  walk.visit(model.impl(), model.impl(), "");
  return std::move(walk.found);
}

std::vector<layers::Variable> weights_of(const WeightedLayer& layer) {
  return layer.inner->class_name() == "Bidirectional" ? layer.inner->weights() : layer.inner->own_weights();
}

}  // namespace xtape::saving
