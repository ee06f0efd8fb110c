#include "saving/release.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace xtape::saving {
namespace {

constexpr std::string_view without_masks =
    " Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN TimeDistributed ";

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
  if (config.is_list()) {
    Config::List list;
    for (const Config& each : config.list()) list.push_back(swap_tversky(each));
    return list;
  }
  if (!config.is_dict()) return config;
  const Config* class_name = config.find("class_name");
  if (class_name && *class_name == Config("Tversky")) return with_swapped_weights(config);
  Config named = Config::dict();
  for (const Config::Entry& entry : config.entries()) named.set(entry.name, swap_tversky(entry.value));
  return named;
}

}  // namespace

Release release_of(const std::string& keras_version) {
  Release release;
  const char* const end = keras_version.data() + keras_version.size();
  const auto major = std::from_chars(keras_version.data(), end, release.major);
  if (major.ec == std::errc() && major.ptr != end) std::from_chars(major.ptr + 1, end, release.minor);
  return release;
}

Config translated(const Config& config, const Release& release) {
  const Config* compiled = release.swaps_tversky() ? config.find("compile_config") : nullptr;
  if (!compiled) return config;
  Config result = config;
  result.set("compile_config", swap_tversky(*compiled));
  return result;
}

void follow(const Release& release, layers::LayerImpl& model) {
  if (release.is_ours || release.passes_masks()) return;
  if (without_masks.find(' ' + model.class_name() + ' ') != std::string_view::npos) model.set_passes_masks(false);
  for (const auto& part : model.parts()) follow(release, *part);
}

}  // namespace xtape::saving
