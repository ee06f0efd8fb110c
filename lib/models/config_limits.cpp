#include "models/config_limits.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <xtape/error.hpp>

#include "models/functional.hpp"

namespace xtape::models {
namespace {

using layers::LayerImpl;

constexpr std::size_t most_listed = 1 << 15;
constexpr std::size_t most_calls = 1 << 18;

// How many layers a call of this one goes through, itself included; all that are too many count alike.
std::size_t calls_in(const LayerImpl& layer, std::unordered_map<const LayerImpl*, std::size_t>& known) {
  if (layer.parts().empty()) return 1;
  if (const auto found = known.find(&layer); found != known.end()) return found->second;
  std::size_t count = 1;
  const auto add = [&](const LayerImpl& part) { count = std::min(count + calls_in(part, known), most_calls + 1); };
  if (const auto* functional = dynamic_cast<const FunctionalImpl*>(&layer)) {
    for (const layers::SymbolicCall* node : functional->graph().nodes()) add(node->layer());
  } else {
    for (const auto& part : layer.parts()) add(*part);
  }
  return known[&layer] = count;
}

}  // namespace

void check_count_in_config(const char* model, const char* what, std::size_t count) {
  if (count <= most_listed) return;
  throw ValueError(std::string(model) + ": expected at most " + std::to_string(most_listed) + ' ' + what + ", given " +
                   std::to_string(count));
}

void check_calls(const LayerImpl& model) {
  std::unordered_map<const LayerImpl*, std::size_t> known;
  if (calls_in(model, known) <= most_calls) return;
  throw ValueError("a call of the model goes through more than " + std::to_string(most_calls) +
                       " layers, those in its models counted as often as they are called",
                   model.name());
}

}  // namespace xtape::models
