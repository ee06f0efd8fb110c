#pragma once

#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// The recorded graph behind y, from leaves down to y, in the language of Graphviz (`dot -Tpng`): operations with their
/// attributes and the type and shape of their results, and the leaves that gradients come to. `names` are those of
/// leaves:
/// ```
/// std::vector<std::pair<std::string, Tensor>> names;
/// for (const auto& weight : model.weights()) names.emplace_back(weight.path, weight.value);
/// std::ofstream("loss.dot") << graph_to_dot(loss, names);
/// ```
/// Operations that were recorded while a DetectAnomaly lived have the names of the layers that called them too.
/// Attributes of operations that backward has freed are not known any more.
/// @throws ValueError if y is undefined, AutogradError if it requires no gradient.
XTAPE_API std::string graph_to_dot(const Tensor& y, const std::vector<std::pair<std::string, Tensor>>& names = {});

}  // namespace xtape
