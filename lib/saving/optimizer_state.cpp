#include "saving/optimizer_state.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/ops/creation.hpp>

#include "saving/state_groups.hpp"

namespace xtape::saving {
namespace {

using optimizers::OptimizerVariable;

// Of which variables the state is, by their places in files.
constexpr const char* variables_attribute = "xtape_variables";
// What each part of the state is, whatever its variable is called: "iteration", "momentum".
constexpr const char* kinds_attribute = "xtape_names";
// What the optimizer in a LossScaleOptimizer is called.
constexpr const char* inner_attribute = "xtape_inner_optimizer";

bool is_rounded(const OptimizerVariable& variable) {
  return variable.name == "learning_rate" && variable.value.dtype() == float64;
}

// Numbers of steps are int32 there and rates float32.
Tensor stored(const OptimizerVariable& variable) {
  const Tensor& value = variable.value;
  if (is_rounded(variable)) return value.astype(float32);
  const bool is_count = value.rank() == 0 && value.dtype() == int64;
  if (is_count && value.item<int64_t>() <= std::numeric_limits<int32_t>::max()) return value.astype(int32);
  return value.detach();
}

// Where files have the variables of a model: "layers/dense/vars/0".
class Places {
 public:
  explicit Places(const models::Model& model) {
    for (const StateGroup& group : state_groups(model.impl())) {
      for (std::size_t i = 0; i < group.variables.size(); ++i) {
        places_[group.variables[i].value.handle()] = joined(group.path, "vars/" + std::to_string(i));
      }
    }
    for (const layers::Variable& variable : model.weights()) {
      const auto place = places_.find(variable.value.handle());
      if (place != places_.end()) variables_.emplace(place->second, variable);
    }
  }

  // Nothing if one of them is not the model's.
  std::optional<std::vector<std::string>> of(const std::vector<Tensor>& variables) const {
    std::vector<std::string> result;
    for (const Tensor& variable : variables) {
      const auto found = places_.find(variable.handle());
      if (found == places_.end()) return std::nullopt;
      result.push_back(found->second);
    }
    return result;
  }

  // Null if there is none.
  const layers::Variable* find(const std::string& place) const {
    const auto found = variables_.find(place);
    return found == variables_.end() ? nullptr : &found->second;
  }

  // The names of those in `some` that are not in `others`.
  std::string names_of_missing(const std::vector<std::string>& some, const std::vector<std::string>& others) const {
    const std::unordered_set<std::string_view> known(others.begin(), others.end());  // there may be very many
    std::string names;
    for (const std::string& place : some) {
      if (known.contains(place)) continue;
      const layers::Variable* const variable = find(place);
      names += (names.empty() ? "" : ", ") + (variable ? variable->path : place);
    }
    return names;
  }

 private:
  std::map<const void*, std::string> places_;
  std::map<std::string, layers::Variable> variables_;
};

void build(const optimizers::Optimizer& optimizer, const std::vector<layers::Variable>& variables) {
  std::vector<std::string> paths;
  std::vector<Tensor> tensors;
  std::vector<constraints::Constraint> constraints;
  for (const layers::Variable& variable : variables) {
    paths.push_back(variable.path);
    tensors.push_back(variable.value);
    constraints.push_back(variable.constraint);
  }
  const bool any = std::any_of(constraints.begin(), constraints.end(), [](const auto& each) { return bool(each); });
  if (!any) constraints.clear();
  optimizer.set_constraints(std::move(constraints));
  optimizer.set_paths(std::move(paths));
  optimizer.build(tensors);
}

// An optimizer that is not built is built for what the model trains, unless the state is of one that was not.
void build_for(const models::Model& model, const optimizers::Optimizer& optimizer, std::size_t state) {
  const std::vector<layers::Variable> trained = model.trainable_weights();
  if (optimizer.built() || state <= optimizer.variables().size() || trained.empty()) return;
  build(optimizer, trained);
}

// A rate as it was, which Keras has no place for.
std::string exact_name(std::size_t index) { return "xtape_learning_rate_" + std::to_string(index); }

// Until Keras 3.9 averages and gathered gradients come in turns, of one variable after the other. Where the file does
// not say its release, shapes do.
void average_first(const std::vector<OptimizerVariable>& variables, const Release& release,
                   std::vector<Tensor>& values) {
  if (release.is_ours || values.size() != variables.size()) return;
  const auto has = [&](std::size_t i, const char* kind) { return variables[i].name.ends_with(kind); };
  std::size_t first = 0, count = 0;
  while (first < variables.size() && !has(first, "_average")) ++first;
  while (first + count < variables.size() && has(first + count, "_average")) ++count;
  if (count == 0 || first + 2 * count > variables.size() || !has(first + count, "_gradient_accumulator")) return;
  const auto fit = [&](const std::vector<Tensor>& all) {
    for (std::size_t i = first; i < first + 2 * count; ++i) {
      if (all[i].shape() != variables[i].value.shape()) return false;
    }
    return true;
  };
  std::vector<Tensor> sorted = values;
  for (std::size_t i = 0; i < count; ++i) {
    sorted[first + i] = values[first + 2 * i];
    sorted[first + count + i] = values[first + 2 * i + 1];
  }
  const bool comes_in_turns = release.is_known() ? release.is_before(3, 10) : !fit(values);
  if (comes_in_turns && fit(sorted)) values = std::move(sorted);
}

// Keras 3.9's Nadam has the product of its momentums, a number, in front of the slots; today's has it last.
void order_as_today(const std::vector<OptimizerVariable>& variables, std::vector<Tensor>& values) {
  const bool differs = values.size() == variables.size() && variables.back().name == "variable";
  if (!differs || values.back().rank() == 0) return;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i].rank() != 0 || variables[i].name == "learning_rate") continue;
    const Tensor product = values[i];
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(i));
    values.push_back(product);
    return;
  }
}

// The configuration of an optimizer; null of one of one's own, which has no class that a file could name.
Config config_of(const optimizers::Optimizer& optimizer) {
  try {
    return optimizers::serialize(optimizer);
  } catch (const ValueError&) {
    return {};
  }
}

bool are_same_letters(std::string a, std::string b) {
  for (std::string* text : {&a, &b}) {
    std::erase(*text, '_');
    for (char& letter : *text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return a == b;
}

// Files of Keras call "adam_w" what is named "adamw", or by the class, with a number if it was not the program's first.
bool is_called(const optimizers::Optimizer& optimizer, const std::string& name) {
  if (are_same_letters(name, optimizer.name())) return true;
  const Config config = config_of(optimizer);
  if (!config.is_dict()) return false;
  const std::string& kind = config.at("class_name").text();
  return are_same_letters(name, kind) || detail::number_in_name(name, detail::to_snake_case(kind));
}

// The class of the optimizer that a LossScaleOptimizer has inside; empty of others.
std::string inner_class(const optimizers::Optimizer& optimizer) {
  const Config config = config_of(optimizer);
  const Config* const options = config.is_dict() ? config.find("config") : nullptr;
  const Config* const inner = options && options->is_dict() ? options->find("inner_optimizer") : nullptr;
  return inner && inner->is_dict() ? inner->at("class_name").text() : "";
}

// What stands behind the variable's name in the names of what the optimizer keeps: "dense_kernel_momentum" is
// "momentum" of the variable "dense/kernel".
class Kinds {
 public:
  explicit Kinds(const models::Model& model) {
    for (const layers::Variable& variable : model.weights()) {
      std::string name = variable.path;
      std::replace(name.begin(), name.end(), '/', '_');
      names_.insert(std::move(name));
    }
  }

  // Nothing if what one of them is cannot be told, as where a loop of one's own has given other names.
  std::optional<std::vector<std::string>> of(const std::vector<OptimizerVariable>& variables) const {
    std::vector<std::string> result;
    for (const OptimizerVariable& variable : variables) {
      const std::optional<std::string> kind = kind_of(variable.name);
      if (!kind) return std::nullopt;
      result.push_back(*kind);
    }
    return result;
  }

 private:
  // The longest name of a variable that it begins with is taken off.
  std::optional<std::string> kind_of(const std::string& name) const {
    for (const char* const alone : {"iteration", "learning_rate", "step_counter", "dynamic_scale"}) {
      if (name == alone) return name;
    }
    for (std::size_t end = name.size(); end != name.npos && end > 0; end = name.rfind('_', end - 1)) {
      if (names_.contains(name.substr(0, end)) || is_unnamed(std::string_view(name).substr(0, end))) {
        return name.substr(std::min(end + 1, name.size()));
      }
    }
    return std::nullopt;
  }

  // "variable" and "variable_3", as those are called that nobody has named.
  static bool is_unnamed(std::string_view name) {
    constexpr std::string_view first = "variable";
    if (!name.starts_with(first)) return false;
    name.remove_prefix(first.size());
    return name.empty() || (name.size() > 1 && name[0] == '_' && name.find_first_not_of("0123456789", 1) == name.npos);
  }

  std::unordered_set<std::string> names_;
};

// Each once: "iteration, learning_rate, momentum".
std::string listed(const std::vector<std::string>& kinds) {
  std::unordered_set<std::string_view> seen;
  std::string text;
  for (const std::string& kind : kinds) {
    if (seen.insert(kind).second) text += (text.empty() ? "" : ", ") + (kind.empty() ? "one for each variable" : kind);
  }
  return text;
}

// Whether the state is of an optimizer that keeps something else in the same places; empty if not, or if the file does
// not say what it has.
std::string other_kinds(const models::Model& model, const optimizers::Optimizer& optimizer,
                        const io::ArrayGroup& vars) {
  const auto* const inner = vars.find_attribute_of<std::string>(inner_attribute);
  if (const std::string expected = inner_class(optimizer); inner && *inner != expected) {
    return "the file has the state of a " + optimizer.name() + " around " + *inner + ", the model's is around " +
           (expected.empty() ? "none" : expected);
  }
  const auto* const stored = vars.find_attribute_of<std::vector<std::string>>(kinds_attribute);
  if (!stored) return "";
  const auto expected = Kinds(model).of(optimizer.variables());
  if (!expected || *stored == *expected) return "";
  return "the file has " + listed(*stored) + ", the model's " + optimizer.name() + " keeps " + listed(*expected);
}

const std::vector<std::string>* stored_places(const io::ArrayGroup& vars) {
  return vars.find_attribute_of<std::vector<std::string>>(variables_attribute);
}

// Whether the state is of such an optimizer, as far as the file says.
bool is_of(const optimizers::Optimizer& optimizer, const io::ArrayGroup& vars) {
  const auto* const name = vars.find_attribute_of<std::string>("name");
  return !name || is_called(optimizer, *name);
}

}  // namespace

io::ArrayGroup optimizer_tree(const models::Model& model) {
  const optimizers::Optimizer& optimizer = model.optimizer();
  io::ArrayGroup vars;
  vars.attributes.emplace_back("name", optimizer.name());
  const std::vector<OptimizerVariable> variables = optimizer.variables();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    vars.arrays.emplace_back(std::to_string(i), stored(variables[i]));
    if (is_rounded(variables[i])) vars.attributes.emplace_back(exact_name(i), variables[i].value.item<double>());
  }
  if (auto kinds = Kinds(model).of(variables)) vars.attributes.emplace_back(kinds_attribute, std::move(*kinds));
  if (std::string inner = inner_class(optimizer); !inner.empty()) {
    vars.attributes.emplace_back(inner_attribute, std::move(inner));
  }
  if (optimizer.built()) {
    if (auto places = Places(model).of(optimizer.built_for())) {
      vars.attributes.emplace_back(variables_attribute, std::move(*places));
    }
  }
  return vars;
}

std::vector<std::pair<std::string, Tensor>> named_optimizer_state(const optimizers::Optimizer& optimizer) {
  std::vector<std::pair<std::string, Tensor>> result;
  std::unordered_set<std::string> used;
  for (const OptimizerVariable& variable : optimizer.variables()) {
    const std::string path = optimizer.name() + '/' + variable.name;
    std::string free = path;
    for (int number = 1; !used.insert(free).second; ++number) free = path + '_' + std::to_string(number);
    result.emplace_back(free, stored(variable));
  }
  return result;
}

std::vector<Tensor> numbered_arrays(const io::ArrayGroup& group) {
  // There may be very many.
  std::unordered_map<std::string_view, const Tensor*> by_name;
  for (const auto& [name, array] : group.arrays) by_name.emplace(name, &array);
  std::vector<Tensor> result;
  for (auto found = by_name.find("0"); found != by_name.end(); found = by_name.find(std::to_string(result.size()))) {
    result.push_back(*found->second);
  }
  return result;
}

void build_as_stored(const models::Model& model, const io::ArrayGroup& vars) {
  const std::vector<std::string>* const stored = stored_places(vars);
  if (!stored || model.optimizer().built()) return;
  const Places places(model);
  std::vector<layers::Variable> variables;
  for (const std::string& place : *stored) {
    const layers::Variable* const variable = places.find(place);
    if (!variable) return;
    variables.push_back(*variable);
  }
  if (!variables.empty()) build(model.optimizer(), variables);
}

std::optional<std::string> of_other_variables(const models::Model& model, const optimizers::Optimizer& optimizer,
                                              const io::ArrayGroup& vars) {
  if (const auto* stored = stored_places(vars)) {
    const Places places(model);
    const auto trained = places.of(optimizer.built() ? optimizer.built_for() : model.trainable_variables());
    if (!trained || *trained == *stored) return std::nullopt;
    const std::string others = places.names_of_missing(*stored, *trained);
    const std::string more = places.names_of_missing(*trained, *stored);
    std::string text;
    if (!others.empty()) text = "the file has the state of " + others + ", which the model does not train";
    if (!more.empty()) text += (text.empty() ? "" : "; ") + ("the model trains " + more) + ", of which it has none";
    return text.empty() ? "the file has the state of the variables in another order" : text;
  }
  // Of another optimizer the count says nothing.
  const std::size_t count = numbered_arrays(vars).size();
  build_for(model, optimizer, count);
  const std::size_t expected = optimizer.variables().size();
  if (!is_of(optimizer, vars) || count == expected) return std::nullopt;
  return optimizer.name() + " has " + std::to_string(expected) + " variables, the file " + std::to_string(count);
}

void plan_optimizer(const models::Model& model, const optimizers::Optimizer& optimizer, const io::ArrayGroup& vars,
                    const Release& release, WeightsPlan& plan) {
  // Slots of the same shapes mean something else in another optimizer, or for other variables.
  if (!is_of(optimizer, vars)) {
    plan.note("optimizer: the file has the state of \"" + *vars.find_attribute_of<std::string>("name") +
              "\", the model's is \"" + optimizer.name() + '"');
    return;
  }
  if (const std::optional<std::string> difference = of_other_variables(model, optimizer, vars)) {
    plan.note("optimizer: " + *difference);
    return;
  }
  std::vector<Tensor> values = numbered_arrays(vars);
  build_for(model, optimizer, values.size());
  const std::vector<OptimizerVariable> variables = optimizer.variables();
  average_first(variables, release, values);
  order_as_today(variables, values);
  if (values.size() != variables.size()) {
    plan.note("optimizer: " + optimizer.name() + " has " + std::to_string(variables.size()) + " variables, the file " +
              std::to_string(values.size()));
    return;
  }
  if (const std::string difference = other_kinds(model, optimizer, vars); !difference.empty()) {
    plan.note("optimizer: " + difference);
    return;
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto& [name, value] = variables[i];
    const std::string place = "optimizer/" + name;
    if (is_rounded(variables[i]) && values[i].rank() == 0) {
      // What is rounded to the file's number is that number: as it was written, or else as it is.
      const float rate = values[i].astype(float32).item<float>();
      const auto* exact = vars.find_attribute_of<double>(exact_name(i));
      if (exact && static_cast<float>(*exact) == rate) {
        plan.assign(place, value, full({}, *exact, float64));
        continue;
      }
      if (static_cast<float>(value.item<double>()) == rate) continue;
    }
    plan.assign(place, value, values[i]);
  }
}

}  // namespace xtape::saving
