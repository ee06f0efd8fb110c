#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saving/torch_modules.hpp"
#include "saving/weighted_layers.hpp"

// Which module of PyTorch a layer takes its weights from, where nobody says it.
namespace xtape::saving {

// By layers: the number of the module, if there is one.
using WeightMap = std::vector<std::optional<std::size_t>>;

// If all layers are called as modules are, and these are all.
std::optional<WeightMap> map_by_names(const std::vector<WeightedLayer>& layers,
                                      const std::vector<TorchModule>& modules);

// By layers: all modules that fit.
std::vector<std::vector<std::size_t>> fitting_modules(const std::vector<WeightedLayer>& layers,
                                                      const std::vector<TorchModule>& modules);

// If each layer is fitted by one module alone, and each module fits one layer alone.
std::optional<WeightMap> map_by_shapes(const std::vector<std::vector<std::size_t>>& fitting, std::size_t modules);

// To each layer the first that fits and is not taken.
WeightMap proposed_map(const std::vector<std::vector<std::size_t>>& fitting);

// What else is to be said of a module that a layer takes.
using MapRemarks = std::function<std::vector<std::string>(const TorchModule& module, const WeightedLayer& layer)>;

// As one writes it: `{.map = {...}}`, with what is left over, what may be otherwise, and remarks, as comments.
std::string map_text(const std::vector<WeightedLayer>& layers, const std::vector<TorchModule>& modules,
                     const MapRemarks& remarks);

}  // namespace xtape::saving
