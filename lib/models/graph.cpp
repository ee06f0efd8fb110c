#include "models/graph.hpp"

#include <algorithm>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::models {

using layers::LayerImpl;
using layers::SymbolicCall;

Graph::Graph(std::vector<Symbol> inputs, std::vector<Symbol> outputs, const std::vector<Symbol>& walked,
             const std::string& model)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  if (inputs_.empty()) throw ValueError("expected at least 1 input, given none", model);
  if (outputs_.empty()) throw ValueError("expected at least 1 output, given none", model);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!layers::InputLayer::is(inputs_[i].node().layer())) {
      throw ValueError("the input \"" + inputs_[i].name() + "\" is the result of a layer; inputs are made by Input",
                       model);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (inputs_[j].is(inputs_[i])) throw ValueError("the input \"" + inputs_[i].name() + "\" is given twice", model);
    }
  }
  walk(walked, model);
  for (const Symbol& input : inputs_) {
    if (!met_.contains(&input.node())) {
      throw ValueError("the input \"" + input.name() + "\" leads to no output", model);
    }
  }
}

// Depth first, without recursion: a model may have very many layers one after the other.
void Graph::walk(const std::vector<Symbol>& outputs, const std::string& model) {
  struct Visit {
    const SymbolicCall* node;
    std::vector<Symbol> needed;
    std::size_t next = 0;
  };
  std::vector<Visit> open;
  const auto enter = [&](const SymbolicCall& node) {
    if (!met_.emplace(&node, met_.size()).second) return;
    const bool given = std::any_of(inputs_.begin(), inputs_.end(), [&](const Symbol& x) { return &x.node() == &node; });
    if (!given && layers::InputLayer::is(node.layer())) {
      const std::string user = open.empty() ? "an output" : "\"" + open.back().node->layer().name() + "\"";
      throw ValueError(user + " needs the input \"" + node.layer().name() + "\", which is not among the inputs", model);
    }
    open.push_back({&node, node.all_inputs()});
  };
  for (const Symbol& output : outputs) {
    enter(output.node());
    while (!open.empty()) {
      if (open.back().next < open.back().needed.size()) {
        // `enter` may move what is open.
        const SymbolicCall& needed = open.back().needed[open.back().next++].node();
        enter(needed);
      } else {
        nodes_.push_back(open.back().node);
        open.pop_back();
      }
    }
  }
}

std::vector<LayerImpl*> Graph::layers() const {
  std::unordered_map<const SymbolicCall*, std::size_t> depth_of_node;
  struct Place {
    std::size_t depth = 0, met = 0;
  };
  std::unordered_map<LayerImpl*, Place> places;
  std::vector<LayerImpl*> result;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const SymbolicCall& node = *nodes_[i];
    LayerImpl* const layer = &node.layer();
    const auto [entry, is_new] = places.try_emplace(layer, Place{0, met_.at(&node)});
    if (is_new) result.push_back(layer);
    entry->second.met = std::min(entry->second.met, met_.at(&node));
    // All calls of a layer are as deep as its deepest one, as in Keras.
    const std::size_t depth = std::max(depth_of_node[&node], entry->second.depth);
    entry->second.depth = depth;
    for (const Symbol& input : node.all_inputs()) {
      std::size_t& before = depth_of_node[&input.node()];
      before = std::max(before, depth + 1);
    }
  }
  std::sort(result.begin(), result.end(), [&](LayerImpl* a, LayerImpl* b) {
    const Place &first = places.at(a), &second = places.at(b);
    return first.depth != second.depth ? first.depth > second.depth : first.met < second.met;
  });
  return result;
}

std::size_t Graph::call_of(const SymbolicCall& node) const {
  std::size_t call = 0;
  for (const SymbolicCall* each : node.layer().nodes()) {
    if (each == &node) break;
    call += met_.contains(each);
  }
  return call;
}

}  // namespace xtape::models
