#include "saving/named_weights.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace xtape::saving {
namespace {

std::string name_of(const layers::Variable& variable) { return variable.path.substr(variable.path.find('/') + 1); }

std::string last_part(const std::string& name) { return name.substr(name.rfind('/') + 1); }

bool agree_in_order(const io::NamedTensors& file, const std::vector<layers::Variable>& variables) {
  if (file.size() != variables.size()) return false;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const std::string name = name_of(variables[i]);
    if (file.find(name) || last_part(name) != last_part(file[i].first)) return false;
  }
  return true;
}

}  // namespace

io::NamedTensors named_weights(const models::Model& model) {
  io::NamedTensors result;
  for (const layers::Variable& variable : model.weights()) {
    result.emplace_back(name_of(variable), variable.value.detach());
  }
  return result;
}

void plan_named_weights(const io::NamedTensors& file, const models::Model& model, bool skips, WeightsPlan& plan) {
  const std::vector<layers::Variable> variables = model.weights();
  const bool in_order = agree_in_order(file, variables);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    WeightsPlan part;
    const std::string name = name_of(variables[i]);
    const Tensor* const value = in_order ? &file[i].second : file.find(name);
    if (value) {
      part.assign(name, variables[i].value, *value);
    } else {
      part.note_missing(name, variables[i].value.shape());
    }
    plan.add(std::move(part), skips, name);
  }
  if (in_order) return;
  for (const auto& [name, value] : file) {
    WeightsPlan part;
    const bool known = std::any_of(variables.begin(), variables.end(),
                                   [&name = name](const auto& variable) { return name_of(variable) == name; });
    if (!known) part.note_extra(name, value.shape());
    plan.add(std::move(part), skips, name);
  }
}

}  // namespace xtape::saving
