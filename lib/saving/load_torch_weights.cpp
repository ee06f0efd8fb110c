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
#include <xtape/io/safetensors.hpp>
#include <xtape/io/pt.hpp>
#include <xtape/saving/torch_weights.hpp>

#include "saving/feature_order.hpp"
#include "saving/model_file.hpp"
#include "saving/torch_conversion.hpp"
#include "saving/torch_modules.hpp"
#include "saving/weight_map.hpp"
#include "saving/weighted_layers.hpp"
#include "saving/weights_plan.hpp"

namespace xtape::saving {
namespace {

// The tensors below the prefix, without it.
io::NamedTensors read(const std::string& path, const std::string& prefix, const std::string& what) {
  io::NamedTensors file =
      path.ends_with(".safetensors") ? io::load_safetensors(path).tensors : io::load_pt(path);
  if (prefix.empty()) return file;
  const std::string start = prefix.ends_with('.') ? prefix : prefix + '.';
  io::NamedTensors below;
  std::set<std::string> known;
  for (const auto& [name, tensor] : file) {
    known.insert(name.substr(0, name.find('.')));
    if (name.starts_with(start)) below.emplace_back(name.substr(start.size()), tensor);
  }
  if (!below.empty()) return below;
  std::string text = what + ": no name in the file begins with \"" + start + "\": names begin with";
  for (const std::string& name : known) text += ' ' + name;
  throw ValueError(text);
}

const Shape* find_shape(const std::vector<std::pair<std::string, Shape>>& shapes, const std::string& module) {
  const auto found = std::find_if(shapes.begin(), shapes.end(), [&](const auto& each) { return each.first == module; });
  return found == shapes.end() ? nullptr : &found->second;
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
                       map_text(layers_, modules_));
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
    const Images images{image(name, options_.flattened, order_.inputs, layers_[layer], "flattened", part),
                        image(name, options_.unflattened, order_.outputs, layers_[layer], "unflattened", part)};
    plan_torch_module(modules_[module], layers_[layer], images, part);
    plan_.add(std::move(part), options_.skip_mismatch, "the layer \"" + layers_[layer].path + '"');
  }

  // [channels, places...].
  static Shape image(const std::string& module, const std::vector<std::pair<std::string, Shape>>& given,
                     const std::unordered_map<const layers::LayerImpl*, FlatFeatures>& order,
                     const WeightedLayer& layer, const std::string& option, WeightsPlan& plan) {
    if (const Shape* const shape = find_shape(given, module)) return *shape;
    const auto found = order.find(layer.outer);
    if (found == order.end() || !may_have_images(layer)) return {};
    const Shape& here = found->second.shape;
    Shape image{here.back()};
    for (auto length = here.begin(); length != here.end() - 1; ++length) image.push_back(*length);
    if (found->second.is_sure) return image;
    plan.note("order: the features of " + layer.path + " are elements of " + here.str() + ": say by ." + option +
              " whether they are " + image.str() + " in " + module + ", or, with {" + std::to_string(here.numel()) +
              "}, in the same order");
    return {};
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

  void take_weight(const std::string& from, const Tensor& value, const std::string& to, WeightsPlan& part) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      for (const layers::Variable& variable : weights_of(layers_[i])) {
        const std::string name = '/' + variable.name;
        if (layers_[i].path + name != to && layers_[i].outer->name() + name != to) continue;
        if (layer_used_[i] || !weights_used_.insert({i, variable.name}).second) {
          return part.note("given twice: " + to + " takes " + from + " too");
        }
        return plan_torch_tensor(from, value, layers_[i], variable, part);
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
  const io::NamedTensors file = read(filepath, options.prefix, what);
  const WeightsPlan plan = TorchLoading(model, file, options).plan(what);
  plan.check(what);
  plan.apply();
}

void print_weight_map(const models::Model& model, const std::string& filepath, std::ostream& out,
                      const LoadTorchWeightsOptions& options) {
  check_built("print_weight_map", model);
  const io::NamedTensors file = read(filepath, options.prefix, "print_weight_map: " + filepath);
  out << map_text(weighted_layers(model), torch_modules(file)) << std::flush;
}

void print_weight_map(const models::Model& model, const std::string& filepath, const LoadTorchWeightsOptions& options) {
  print_weight_map(model, filepath, std::cout, options);
}

}  // namespace xtape::saving
