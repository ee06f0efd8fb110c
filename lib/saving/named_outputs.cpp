#include "saving/named_outputs.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace xtape::saving {
namespace {

// Empty if outputs have no names but those of their layers.
std::vector<std::string> names_of_outputs(const Config& model) {
  std::vector<std::string> names;
  const Config* const options = model.find("config");
  const Config* const outputs = options && options->is_dict() ? options->find("output_layers") : nullptr;
  if (!outputs || !outputs->is_dict()) return names;
  for (const Config::Entry& output : outputs->entries()) names.push_back(output.name);
  return names;
}

}  // namespace

Config with_named_outputs(const Config& config, OrderOfLists order) {
  const Config* const compiled = config.find("compile_config");
  if (!compiled || !compiled->is_dict()) return config;
  std::vector<std::string> names = names_of_outputs(config);
  if (names.size() < 2) return config;
  if (order == OrderOfLists::alphabetical) std::sort(names.begin(), names.end());
  Config changed = *compiled;
  for (const char* const each : {"loss", "loss_weights", "metrics", "weighted_metrics"}) {
    const Config* const given = compiled->find(each);
    if (!given || !given->is_list() || given->list().size() != names.size()) continue;
    Config named = Config::dict();
    for (std::size_t i = 0; i < names.size(); ++i) named.set(names[i], given->list()[i]);
    changed.set(each, std::move(named));
  }
  Config result = config;
  result.set("compile_config", std::move(changed));
  return result;
}

}  // namespace xtape::saving
