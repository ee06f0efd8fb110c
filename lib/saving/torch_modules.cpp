#include "saving/torch_modules.hpp"

#include <charconv>
#include <map>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace xtape::saving {
namespace {

// What is in front of the last '.', and what is behind it.
std::pair<std::string, std::string> split_name(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {"", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

// The layer of a recurrent module that a tensor is of, "weight_ih_l1" or "bias_hh_l1_reverse": 0 of others.
std::size_t layer_of(std::string_view tensor) {
  constexpr std::string_view reverse = "_reverse";
  if (!tensor.starts_with("weight_") && !tensor.starts_with("bias_")) return 0;
  if (tensor.ends_with(reverse)) tensor.remove_suffix(reverse.size());
  const std::size_t mark = tensor.rfind("_l");
  if (mark == std::string_view::npos) return 0;
  const std::string_view digits = tensor.substr(mark + 2);
  std::size_t layer = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
  return error == std::errc() && end == digits.data() + digits.size() ? layer : 0;
}

// Attention has its last projection in a module of its own.
bool is_part_of_attention(const std::unordered_set<std::string>& names, const std::string& module) {
  const auto [around, own] = split_name(module);
  const std::string start = around.empty() ? "" : around + '.';
  return own == "out_proj" && (names.contains(start + "in_proj_weight") || names.contains(start + "q_proj_weight"));
}

}  // namespace

std::string full_name(const TorchModule& module, const std::string& tensor) {
  return module.name.empty() ? tensor : module.name + '.' + tensor;
}

std::vector<TorchModule> torch_modules(const io::NamedTensors& file) {
  std::vector<TorchModule> modules;
  std::map<std::pair<std::string, std::size_t>, std::size_t> places;
  std::unordered_map<std::string, int> counts;
  std::unordered_set<std::string> names;
  for (const auto& [name, tensor] : file) names.insert(name);
  for (const auto& [name, tensor] : file) {
    auto [module, own] = split_name(name);
    if (own == "num_batches_tracked") continue;
    if (is_part_of_attention(names, module)) {
      own = "out_proj." + own;
      module = split_name(module).first;
    }
    const std::size_t layer = layer_of(own);
    const auto [place, is_first] = places.try_emplace({module, layer}, modules.size());
    if (is_first) {
      modules.push_back({module, layer, false, {}});
      ++counts[module];
    }
    modules[place->second].tensors.emplace_back(own, tensor);
  }
  for (TorchModule& module : modules) module.is_one_of_several = counts[module.name] > 1;
  return modules;
}

}  // namespace xtape::saving
