#include <algorithm>
#include <unordered_set>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/layers/registry.hpp>

// Apart from the registry, whose table brings all layers along.
namespace xtape::layers {
namespace {

using Seen = std::unordered_set<const LayerImpl*>;

void pass_masks(const LayerImpl& original, LayerImpl& copy, Seen& seen) {
  if (!seen.insert(&copy).second) return;
  copy.set_passes_masks(original.passes_masks());
  const auto& parts = original.parts();
  for (std::size_t i = 0; i < copy.parts().size(); ++i) {
    LayerImpl& part = *copy.parts()[i];
    const auto is_same = [&](const auto& each) { return each->name() == part.name(); };
    // Mostly the one at the same place.
    const auto same = i < parts.size() && is_same(parts[i]) ? parts.begin() + static_cast<std::ptrdiff_t>(i)
                                                            : std::find_if(parts.begin(), parts.end(), is_same);
    if (same != parts.end()) pass_masks(**same, part, seen);
  }
}

}  // namespace

void pass_masks_as(const Layer& original, const Layer& copy) {
  Seen seen;
  pass_masks(original.impl(), copy.impl(), seen);
}

}  // namespace xtape::layers
