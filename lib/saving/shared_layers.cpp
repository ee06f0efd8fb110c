#include "saving/shared_layers.hpp"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/config_place.hpp>
#include <xtape/error.hpp>

#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;

class Walk {
 public:
  explicit Walk(const layers::WrittenLayers& written) : written_(written) {}

  // `maker`: that which makes the layer; null where it is read from the configuration.
  void visit(const LayerImpl& layer, const LayerImpl* maker, const std::string& path) {
    const auto [known, is_new] = made_.try_emplace(&layer, Made{maker, path});
    if (known->second.maker != maker && !layer.weights().empty()) refuse(layer, known->second, {maker, path});
    if (!is_new) return;
    for (const auto& part : layer.parts()) {
      const LayerImpl* const own = maker ? maker : written_.has_written(layer, *part) ? nullptr : &layer;
      visit(*part, own, joined(path, part->name()));
    }
  }

 private:
  struct Made {
    const LayerImpl* maker;
    std::string path;
  };

  [[noreturn]] static void refuse(const LayerImpl& layer, const Made& one, const Made& other) {
    const Made& made = one.maker ? one : other;
    const Made& elsewhere = one.maker ? other : one;
    throw ValueError("save: the layer \"" + layer.name() + "\" is at \"" + one.path + "\" and \"" + other.path +
                     "\", and would be two layers when it is read: the " + made.maker->class_name() + " \"" +
                     made.maker->name() + "\" makes its own. Take that as a whole in place of \"" + elsewhere.path +
                     "\", or save weights alone (save_weights), for a model that is built in the same way");
  }

  const layers::WrittenLayers& written_;
  std::unordered_map<const LayerImpl*, Made> made_;
};

// The layers in a layer of the model that are read one by one.
class WalkInPart {
 public:
  explicit WalkInPart(const layers::WrittenLayers& written) : written_(written) {}

  void visit(const LayerImpl& layer, const std::string& path) {
    for (const auto& part : layer.parts()) {
      if (!written_.has_written(layer, *part) || part->weights().empty()) continue;
      const std::string place = joined(path, part->name());
      const auto [known, is_new] = places_.try_emplace(part.get(), place);
      if (is_new) {
        visit(*part, place);
        continue;
      }
      throw ValueError("save: the layer \"" + part->name() + "\" is at \"" + known->second + "\" and \"" + place +
                       "\", in one layer of the model: .h5 would have its weights once, and Keras would not read it; " +
                       "save the model as .keras");
    }
  }

 private:
  const layers::WrittenLayers& written_;
  std::unordered_map<const LayerImpl*, std::string> places_;
};

}  // namespace

void check_shared_in_parts(const LayerImpl& model, const layers::WrittenLayers& written) {
  for (const auto& part : model.parts()) WalkInPart(written).visit(*part, joined(model.name(), part->name()));
}

void check_shared_again(const LayerImpl& model, const layers::WrittenLayers& written) {
  Walk(written).visit(model, nullptr, model.name());
  for (const std::vector<layers::LayerPlace>& places : written.of_two_kinds()) {
    throw ValueError("save: the layer \"" + places[0].back() + "\" is at \"" + detail::text_of(places[0]) +
                     "\" and \"" + detail::text_of(places[1]) +
                     "\", and is called for its state at some of its places alone: it would be two layers when it is " +
                     "read, for files say that of layers. Ask for its state at all of them");
  }
}

}  // namespace xtape::saving
