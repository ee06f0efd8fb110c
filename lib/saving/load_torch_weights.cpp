#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/io/pt.hpp>
#include <xtape/io/safetensors.hpp>
#include <xtape/saving/torch_weights.hpp>

#include "saving/feature_order.hpp"
#include "saving/format.hpp"
#include "saving/model_checks.hpp"
#include "saving/torch_conversion.hpp"
#include "saving/torch_modules.hpp"
#include "saving/weight_map.hpp"
#include "saving/weighted_layers.hpp"
#include "saving/weights_plan.hpp"

namespace xtape::saving {
namespace {

// PyTorch's own files have any ending.
Format torch_format(const std::string& caller, const std::string& path, const std::string& name) {
  if (name.empty()) return path.ends_with(".safetensors") ? Format::safetensors : Format::pt;
  return format_of(caller, path, name, {Format::pt, Format::safetensors});
}

// The tensors below the prefix, without it. `caller` is the function that reads them.
io::NamedTensors read(const std::string& path, const std::string& format, const std::string& prefix,
                      const std::string& caller) {
  const bool is_pt = torch_format(caller, path, format) == Format::pt;
  io::NamedTensors file = is_pt ? io::load_pt(path) : io::load_safetensors(path).tensors;
  if (prefix.empty()) return file;
  const std::string start = prefix.ends_with('.') ? prefix : prefix + '.';
  io::NamedTensors below;
  std::set<std::string> known;
  for (const auto& [name, tensor] : file) {
    known.insert(name.substr(0, name.find('.')));
    if (name.starts_with(start)) below.emplace_back(name.substr(start.size()), tensor);
  }
  if (!below.empty()) return below;
  std::string text = caller + ": " + path + ": no name in the file begins with \"" + start + "\": names begin with";
  for (const std::string& name : known) text += ' ' + name;
  throw ValueError(text);
}

const Shape* find_shape(const std::vector<std::pair<std::string, Shape>>& shapes, const std::string& module) {
  const auto found = std::find_if(shapes.begin(), shapes.end(), [&](const auto& each) { return each.first == module; });
  return found == shapes.end() ? nullptr : &found->second;
}

// `features`: as many as the layer has in an order of its own.
FeatureIndexOrProblem index_of(const std::string& module, const WeightedLayer& layer, std::optional<int64_t> features,
                               const std::unordered_map<const layers::LayerImpl*, FeatureRuns>& order,
                               const std::vector<std::pair<std::string, Shape>>& shapes, const std::string& option) {
  const Shape* const given = find_shape(shapes, module);
  const auto found = order.find(layer.inner);
  const FeatureRuns* const runs = found == order.end() ? nullptr : &found->second;
  if (!given && !runs) return {};
  const bool are_steps = runs && (*runs)[0].length == FeatureRun::steps;
  const bool has_several = runs && (*runs)[0].length == FeatureRun::several;
  if (features && !has_several && !are_steps) return feature_index(*features, runs, given, option, layer.path, module);
  if (given && given->rank() == 1 && (!features || (*given)[0] == *features)) return {};
  if (has_several || are_steps) {
    const std::string which = are_steps ? "the steps of " + layer.path + " are elements of an image, in another order"
                                        : "the features of " + layer.path + " come in several orders";
    return {{},
            "order: " + which + ": say by ." + option + " = {{\"" + module + "\", {" +
                (features ? std::to_string(*features) : "n") + "}}} that they are the same in PyTorch"};
  }
  if (given) {
    return {{},
            "other image: " + layer.path + " from " + module + ": " + option + " is " + given->str() +
                ", for a layer without features that can be put in order"};
  }
  return {{},
          "order: the features of " + layer.path + ", a " + layer.outer->class_name() +
              ", may lie in another order in " + module + ", and its weights cannot be put in order: say by ." +
              option + " = {{\"" + module + "\", {" + std::to_string(length_of(*runs)) + "}}} that it is the same one"};
}

FeatureIndexOrProblem taken_index(const std::string& module, const WeightedLayer& layer, const FeatureOrder& order,
                                  const LoadTorchWeightsOptions& options) {
  return index_of(module, layer, features_taken(layer), order.inputs, options.flattened, "flattened");
}
FeatureIndexOrProblem returned_index(const std::string& module, const WeightedLayer& layer, const FeatureOrder& order,
                                     const LoadTorchWeightsOptions& options) {
  return index_of(module, layer, features_returned(layer), order.outputs, options.unflattened, "unflattened");
}

// What there is to say of a layer that has no module; nothing where .flattened has its name, and the same order.
std::string problem_of(const FixedOrder& fixed, const LoadTorchWeightsOptions& options) {
  const std::string& name = fixed.layer->name();
  const Shape* const given = find_shape(options.flattened, name);
  if (given && *given == Shape{fixed.features}) return "";
  return "order: " + name + ", a " + fixed.layer->class_name() + ", takes " + fixed.what +
         ", which come in another order in PyTorch: say by .flattened = {{\"" + name + "\", {" +
         std::to_string(fixed.features) + "}}} that it is the same one";
}

std::string remark_of(std::size_t output, const FeatureRuns& runs) {
  return "order: output " + std::to_string(output) + " of the model is an image of " + std::to_string(length_of(runs)) +
         " elements that was flattened: PyTorch's has its channels first";
}

// A map, with what is to be said of the order of features.
std::string proposal(const std::vector<WeightedLayer>& layers, const std::vector<TorchModule>& modules,
                     const FeatureOrder& order, const LoadTorchWeightsOptions& options) {
  const std::string map = map_text(layers, modules, [&](const TorchModule& module, const WeightedLayer& layer) {
    std::vector<std::string> remarks;
    for (const auto& each :
         {taken_index(module.name, layer, order, options), returned_index(module.name, layer, order, options)}) {
      if (!each.problem.empty()) remarks.push_back(each.problem);
    }
    return remarks;
  });
  std::string remarks;
  for (const FixedOrder& fixed : order.fixed) {
    if (const std::string problem = problem_of(fixed, options); !problem.empty()) remarks += "// " + problem + '\n';
  }
  for (const auto& [output, runs] : order.outputs_of_model) remarks += "// " + remark_of(output, runs) + '\n';
  return map + remarks;
}

class TorchLoading {
 public:
  TorchLoading(const models::Model& model, const io::NamedTensors& file, const LoadTorchWeightsOptions& options)
      : options_(options),
        layers_(weighted_layers(model)),
        modules_(torch_modules(file)),
        order_(feature_order(model)),
        layer_used_(layers_.size()),
        module_used_(modules_.size()) {}

  WeightsPlan plan(const std::string& what) {
    if (options_.map.empty()) {
      take_clear_map(what);
    } else {
      for (const auto& [from, to] : options_.map) take_entry(from, to);
    }
    for (const FixedOrder& fixed : order_.fixed) {
      mapped_.insert(fixed.layer->name());
      if (const std::string problem = problem_of(fixed, options_); !problem.empty()) plan_.note(problem);
    }
    for (const auto* shapes : {&options_.flattened, &options_.unflattened}) {
      for (const auto& [module, shape] : *shapes) {
        if (!mapped_.contains(module)) {
          plan_.note("no module: " + module + " is named for an image, and not in the map");
        }
      }
    }
    note_rest();
    return std::move(plan_);
  }

 private:
  void take_clear_map(const std::string& what) {
    std::optional<WeightMap> map = map_by_names(layers_, modules_);
    if (!map) map = map_by_shapes(fitting_modules(layers_, modules_), modules_.size());
    if (!map) {
      throw ValueError(what +
                       ": it is not clear which module is which layer, by names or by shapes alone; say it by a map, "
                       "such as this one, if it is right:\n" +
                       proposal(layers_, modules_, order_, options_));
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) take_module(*(*map)[i], i);
  }

  // One entry of the map.
  void take_entry(const std::string& from, const std::string& to) {
    if (const auto module = next_module(from)) {
      const std::optional<std::size_t> layer = layer_named(to);
      mapped_.insert(from);
      if (!layer) {
        // Known to be too much, not forgotten.
        module_used_[*module] = true;
        return;
      }
      const bool has_weights = std::any_of(weights_used_.begin(), weights_used_.end(),
                                           [&](const auto& weight) { return weight.first == *layer; });
      if (layer_used_[*layer] || has_weights)
        return plan_.note("given twice: " + to + " takes the weights of " + from + " too");
      take_module(*module, *layer);
    } else if (!take_tensor(from, to)) {
      plan_.note("no module: the file has " + std::string(knows(from) ? "no further layer of " : "none of the name ") +
                 from);
    }
  }

  bool knows(const std::string& module) const {
    return std::any_of(modules_.begin(), modules_.end(), [&](const auto& each) { return each.name == module; });
  }

  // That of the name, of several layers the first that was not taken.
  std::optional<std::size_t> next_module(const std::string& name) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < modules_.size(); ++i) {
      if (modules_[i].name != name || module_used_[i]) continue;
      if (!found || modules_[i].layer < modules_[*found].layer) found = i;
    }
    return found;
  }

  std::optional<std::size_t> layer_named(const std::string& name) {
    std::vector<std::size_t> called;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layers_[i].path == name) return i;
      if (layers_[i].outer->name() == name) called.push_back(i);
    }
    if (called.size() == 1) return called[0];
    std::string text;
    for (const WeightedLayer& layer : layers_) text += (text.empty() ? "" : ", ") + layer.path;
    plan_.note(
        (called.empty() ? "no layer: none with weights is called " : "several layers: more than one is called ") +
        name + "; there are " + (text.empty() ? "none" : text));
    return std::nullopt;
  }

  void take_module(std::size_t module, std::size_t layer) {
    layer_used_[layer] = module_used_[module] = true;
    const std::string& name = modules_[module].name;
    mapped_.insert(name);
    WeightsPlan part;
    plan_torch_module(modules_[module], layers_[layer], indices(name, layers_[layer], part), part);
    plan_.add(std::move(part), options_.skip_mismatch, "the layer \"" + layers_[layer].path + '"');
  }

  FeatureIndices indices(const std::string& module, const WeightedLayer& layer, WeightsPlan& plan) const {
    const FeatureIndexOrProblem inputs = taken_index(module, layer, order_, options_);
    const FeatureIndexOrProblem outputs = returned_index(module, layer, order_, options_);
    for (const auto* each : {&inputs, &outputs}) {
      if (!each->problem.empty()) plan.note(each->problem);
    }
    return {inputs.index, outputs.index};
  }

  // A tensor by its whole name, and a weight by its path.
  bool take_tensor(const std::string& from, const std::string& to) {
    for (TorchModule& module : modules_) {
      for (auto tensor = module.tensors.begin(); tensor != module.tensors.end(); ++tensor) {
        if (full_name(module, tensor->first) != from) continue;
        const Tensor value = tensor->second;
        module.tensors.erase(tensor);
        WeightsPlan part;
        take_weight(from, value, to, part);
        plan_.add(std::move(part), options_.skip_mismatch, "the weight \"" + to + '"');
        return true;
      }
    }
    return false;
  }

  // The module of a tensor, or the tensor where that is what .flattened names.
  std::string named_in_options(const std::string& tensor) {
    for (const auto* shapes : {&options_.flattened, &options_.unflattened}) {
      if (find_shape(*shapes, tensor)) return tensor;
    }
    const std::size_t dot = tensor.rfind('.');
    return dot == std::string::npos ? "" : tensor.substr(0, dot);
  }

  void take_weight(const std::string& from, const Tensor& value, const std::string& to, WeightsPlan& part) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      for (const layers::Variable& variable : weights_of(layers_[i])) {
        const std::string name = '/' + variable.name;
        if (layers_[i].path + name != to && layers_[i].outer->name() + name != to) continue;
        if (layer_used_[i] || !weights_used_.insert({i, variable.name}).second) {
          return part.note("given twice: " + to + " takes " + from + " too");
        }
        const std::string named = named_in_options(from);
        mapped_.insert(named);
        return plan_torch_tensor(from, value, layers_[i], variable, indices(named, layers_[i], part), part);
      }
    }
    part.note("no weight: none is called " + to + ", for " + from);
  }

  void note_rest() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (layer_used_[i]) continue;
      WeightsPlan part;
      for (const layers::Variable& variable : weights_of(layers_[i])) {
        if (weights_used_.contains({i, variable.name})) continue;
        part.note_missing(layers_[i].path + '/' + variable.name, variable.value.shape());
      }
      plan_.add(std::move(part), options_.skip_mismatch, "the layer \"" + layers_[i].path + '"');
    }
    for (std::size_t j = 0; j < modules_.size(); ++j) {
      if (module_used_[j]) continue;
      WeightsPlan part;
      for (const auto& [name, tensor] : modules_[j].tensors) {
        part.note_extra(full_name(modules_[j], name), tensor.shape());
      }
      plan_.add(std::move(part), options_.skip_mismatch, "the module \"" + modules_[j].name + '"');
    }
  }

  const LoadTorchWeightsOptions& options_;
  const std::vector<WeightedLayer> layers_;
  std::vector<TorchModule> modules_;
  const FeatureOrder order_;
  std::vector<bool> layer_used_, module_used_;
  // Weights that were given by themselves.
  std::set<std::pair<std::size_t, std::string>> weights_used_;
  std::set<std::string> mapped_;
  WeightsPlan plan_;
};

}  // namespace

void load_torch_weights(const models::Model& model, const std::string& filepath,
                        const LoadTorchWeightsOptions& options) {
  const std::string what = "load_torch_weights: " + filepath;
  check_built("load_torch_weights", model);
  const io::NamedTensors file = read(filepath, options.format, options.prefix, "load_torch_weights");
  const WeightsPlan plan = TorchLoading(model, file, options).plan(what);
  plan.check(what);
  plan.apply();
}

void print_weight_map(const models::Model& model, const std::string& filepath, std::ostream& out,
                      const LoadTorchWeightsOptions& options) {
  check_built("print_weight_map", model);
  const io::NamedTensors file = read(filepath, options.format, options.prefix, "print_weight_map");
  out << proposal(weighted_layers(model), torch_modules(file), feature_order(model), options) << std::flush;
}

void print_weight_map(const models::Model& model, const std::string& filepath, const LoadTorchWeightsOptions& options) {
  print_weight_map(model, filepath, std::cout, options);
}

}  // namespace xtape::saving
