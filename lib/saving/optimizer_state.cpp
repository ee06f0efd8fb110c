#include "saving/optimizer_state.hpp"

#include <cctype>
#include <limits>
#include <unordered_set>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/optimizers/optimizer.hpp>

namespace xtape::saving {
namespace {

using optimizers::OptimizerVariable;

// Numbers of steps are int32 there and rates float32.
Tensor stored(const Tensor& value) {
  if (value.rank() != 0) return value.detach();
  if (value.dtype() == int64 && value.item<int64_t>() <= std::numeric_limits<int32_t>::max()) {
    return value.astype(int32);
  }
  return value.dtype() == float64 ? value.astype(float32) : value.detach();
}

bool is_rounded(const OptimizerVariable& variable) {
  return variable.name == "learning_rate" && variable.value.dtype() == float64;
}

// A rate as it was, which Keras has no place for.
std::string exact_name(std::size_t index) { return "xtape_learning_rate_" + std::to_string(index); }

// Keras 3.8's Nadam has the product of its momentums, a number, in front of the slots; today's has it last.
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

// Files of Keras call "adam_w" what is named "adamw", or by the class.
bool is_called(const optimizers::Optimizer& optimizer, const std::string& name) {
  const auto letters = [](std::string text) {
    std::erase(text, '_');
    for (char& letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
  };
  if (letters(name) == letters(optimizer.name())) return true;
  try {
    return letters(name) == letters(optimizers::serialize(optimizer).at("class_name").text());
  } catch (const ValueError&) {  // one of one's own, which has no class that a file could name
    return false;
  }
}

}  // namespace

io::ArrayGroup optimizer_tree(const optimizers::Optimizer& optimizer) {
  io::ArrayGroup vars;
  vars.attributes.emplace_back("name", optimizer.name());
  const std::vector<OptimizerVariable> variables = optimizer.variables();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    vars.arrays.emplace_back(std::to_string(i), stored(variables[i].value));
    if (is_rounded(variables[i])) vars.attributes.emplace_back(exact_name(i), variables[i].value.item<double>());
  }
  return vars;
}

std::vector<std::pair<std::string, Tensor>> named_optimizer_state(const optimizers::Optimizer& optimizer) {
  std::vector<std::pair<std::string, Tensor>> result;
  std::unordered_set<std::string> used;
  for (const auto& [name, value] : optimizer.variables()) {
    const std::string path = optimizer.name() + '/' + name;
    std::string free = path;
    for (int number = 1; !used.insert(free).second; ++number) free = path + '_' + std::to_string(number);
    result.emplace_back(free, stored(value));
  }
  return result;
}

std::vector<Tensor> numbered_arrays(const io::ArrayGroup& group) {
  std::vector<Tensor> result;
  while (const Tensor* array = group.find_array(std::to_string(result.size()))) result.push_back(*array);
  return result;
}

void plan_optimizer(const models::Model& model, const std::vector<Tensor>& given, const io::ArrayGroup* vars,
                    WeightsPlan& plan) {
  const optimizers::Optimizer& optimizer = model.optimizer();
  std::vector<Tensor> values = given;
  const std::vector<layers::Variable> trained = model.trainable_weights();
  if (!optimizer.built() && values.size() > optimizer.variables().size() && !trained.empty()) {
    std::vector<std::string> paths;
    std::vector<Tensor> tensors;
    for (const layers::Variable& variable : trained) {
      paths.push_back(variable.path);
      tensors.push_back(variable.value);
    }
    optimizer.set_paths(std::move(paths));
    optimizer.build(tensors);
  }
  const std::vector<OptimizerVariable> variables = optimizer.variables();
  order_as_today(variables, values);
  // Slots of the same shapes mean something else in another optimizer.
  const auto* const of = vars ? vars->find_attribute_of<std::string>("name") : nullptr;
  if (of && !is_called(optimizer, *of)) {
    plan.note("optimizer: the file has the state of \"" + *of + "\", the model's is \"" + optimizer.name() + '"');
    return;
  }
  if (values.size() != variables.size()) {
    plan.note("optimizer: " + optimizer.name() + " has " + std::to_string(variables.size()) + " variables, the file " +
              std::to_string(values.size()));
    return;
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto& [name, value] = variables[i];
    const std::string place = "optimizer/" + name;
    if (is_rounded(variables[i]) && values[i].rank() == 0) {
      // What is rounded to the file's number is that number: as it was written, or else as it is.
      const float rate = values[i].astype(float32).item<float>();
      const auto* exact = vars ? vars->find_attribute_of<double>(exact_name(i)) : nullptr;
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
