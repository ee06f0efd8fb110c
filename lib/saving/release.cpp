#include "saving/release.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <xtape/fields.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/map_dicts.hpp"
#include "saving/named_outputs.hpp"

namespace xtape::saving {
namespace {

constexpr std::string_view without_masks =
    " Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN TimeDistributed ";

constexpr std::string_view takes_lists =
    " Add AdditiveAttention Attention Average Concatenate Dot Maximum Minimum Multiply Subtract ";

bool is_one_of(std::string_view classes, const layers::LayerImpl& layer) {
  return classes.find(' ' + layer.class_name() + ' ') != std::string_view::npos;
}

bool gives_no_masks_since_3_16(const layers::LayerImpl& layer) { return is_one_of(without_masks, layer); }

// Writes one option: others may be functions, which no configuration holds.
class OptionWriter final : public Fields {
 public:
  explicit OptionWriter(std::string_view name) : name_(name) {}
  Config value;

 private:
  void add(const char* name, void* field, Write write, Read) override {
    if (name == name_) value = write(field);
  }
  void add_accepted(const char*, const Config&) override {}
  bool writes() const override { return true; }

  std::string_view name_;
};

// Null where the layer has none, as one of one's own that is called as the library's.
Config option_of(const layers::LayerImpl& layer, std::string_view name) {
  OptionWriter writer(name);
  try {
    // A writer only reads.
    const_cast<layers::LayerImpl&>(layer).fields(writer);
  } catch (const ValueError&) {
    return {};
  }
  return writer.value;
}

bool makes_masks(const layers::LayerImpl& layer) {
  if (layer.class_name() == "Masking") return true;
  return layer.class_name() == "Embedding" && option_of(layer, "mask_zero") == Config(true);
}

bool is_given_a_mask(const layers::LayerImpl& layer) {
  // Models have masks of their outputs made within.
  if (dynamic_cast<const models::ModelImpl*>(&layer)) return false;
  const auto& calls = layer.nodes();
  return std::any_of(calls.begin(), calls.end(),
                     [](const auto* call) { return !call->arguments().keyword("mask").empty(); });
}

template <class Is>
bool has_layer(const layers::LayerImpl& model, const Is& is) {
  const auto& parts = model.parts();
  return is(model) || std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return has_layer(*part, is); });
}

Config with_swapped_weights(const Config& loss) {
  Config result = loss;
  const Config* options = loss.find("config");
  if (!options || !options->is_dict()) return result;
  Config swapped = *options;
  const auto or_half = [&](const char* name) { return options->find(name) ? *options->find(name) : Config(0.5); };
  swapped.set("alpha", or_half("beta"));
  swapped.set("beta", or_half("alpha"));
  result.set("config", std::move(swapped));
  return result;
}

Config swap_tversky(const Config& config) {
  return map_dicts(config, [](const Config& dict) {
    const Config* const class_name = dict.find("class_name");
    return class_name && *class_name == Config("Tversky") ? with_swapped_weights(dict) : dict;
  });
}

// Of the calls in a graph of layers "training" is left out.
Config without_training(const Config& config) {
  return map_dicts(config, [](Config dict) {
    const Config* const nodes = dict.find("inbound_nodes");
    if (!nodes || !nodes->is_list()) return dict;
    Config::List changed = nodes->list();
    for (Config& node : changed) {
      const Config* const keywords = node.is_dict() ? node.find("kwargs") : nullptr;
      if (!keywords || !keywords->is_dict() || !keywords->find("training")) continue;
      Config::Entries others = keywords->entries();
      std::erase_if(others, [](const Config::Entry& each) { return each.name == "training"; });
      node.set("kwargs", Config(std::move(others)));
    }
    dict.set("inbound_nodes", std::move(changed));
    return dict;
  });
}

}  // namespace

Release release_of(const std::string& keras_version) {
  Release release;
  const char* const end = keras_version.data() + keras_version.size();
  const auto major = std::from_chars(keras_version.data(), end, release.major);
  if (major.ec == std::errc() && major.ptr != end) std::from_chars(major.ptr + 1, end, release.minor);
  return release;
}

Release release_of_weights(const io::ArrayGroup& file) {
  const auto* const version = file.find_attribute_of<std::string>("keras_version");
  const auto* const backend = file.find_attribute_of<std::string>("backend");
  Release release = version ? release_of(*version) : Release();
  release.is_ours = file.find_attribute(own_format) || (backend && *backend == "xtape");
  return release;
}

Config translated(const Config& config, const Release& release) {
  Config result = release.is_ours ? config : with_named_outputs(config, OrderOfLists::alphabetical);
  if (release.overrides_training()) result = without_training(result);
  const Config* compiled = release.swaps_tversky() ? result.find("compile_config") : nullptr;
  if (compiled) result.set("compile_config", swap_tversky(*compiled));
  return result;
}

void follow(const Release& release, layers::LayerImpl& model) {
  if (release.is_ours) return;
  const bool gives_none = (!release.passes_masks() && gives_no_masks_since_3_16(model)) ||
                          (!release.merges_masks() && is_one_of(takes_lists, model)) ||
                          (!release.hands_on_given_masks() && is_given_a_mask(model));
  if (gives_none) model.set_passes_masks(false);
  for (const auto& part : model.parts()) follow(release, *part);
}

bool has_other_masks(const Release& release, const layers::LayerImpl& model) {
  if (release.is_ours || release.passes_masks() || !has_layer(model, makes_masks)) return false;
  return has_layer(
      model, [](const layers::LayerImpl& layer) { return layer.passes_masks() && gives_no_masks_since_3_16(layer); });
}

std::optional<Shape> shape_before_3_16(const layers::LayerImpl& layer) {
  if (layer.class_name() != "LayerNormalization" || !layer.built()) return std::nullopt;
  const Config axis = option_of(layer, "axis");
  if (axis.is_null()) return std::nullopt;
  Axes axes;
  from_config(axis, axes);
  const Shape& input = layer.build_shape();
  Shape shape;
  for (const int axis : axes.values()) shape.push_back(input[axis < 0 ? axis + input.rank() : axis]);
  return shape;
}

}  // namespace xtape::saving
