#include "models/graph.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "models/functional.hpp"

namespace xtape::models {

using layers::LayerImpl;
using layers::SymbolicCall;

namespace {

bool is_made_by_input(const Symbol& symbol) { return layers::InputLayer::is(symbol.node().layer()); }

// An Input like a symbol, called as Keras calls it.
Symbol input_like(const Symbol& symbol, const std::string& model) {
  if (symbol.rank() == 0) {
    throw ValueError("the input \"" + symbol.name() + "\" is one number; inputs are batches", model);
  }
  const std::string name = symbol.name() + "CLONE";
  return layers::Input(
      Shape(symbol.shape().begin() + 1, symbol.shape().end()),
      {.dtype = symbol.dtype(), .name = symbol.index() == 0 ? name : name + '_' + std::to_string(symbol.index())});
}

// Whether neither the layer nor one in it, at any depth, is among those that were seen, which they join.
bool is_met_once(const LayerImpl& layer, std::unordered_set<const LayerImpl*>& seen) {
  return seen.insert(&layer).second && std::all_of(layer.parts().begin(), layer.parts().end(),
                                                   [&](const auto& part) { return is_met_once(*part, seen); });
}

}  // namespace

std::vector<Symbol> needed_by(const SymbolicCall& node) {
  std::vector<Symbol> needed = node.all_inputs();
  const std::vector<std::size_t> listed = listed_inputs(node.layer(), node.arguments().inputs.size());
  for (std::size_t i = 0; i < listed.size(); ++i) needed[i] = node.arguments().inputs[listed[i]];
  return needed;
}

Graph::Graph(std::vector<Symbol> inputs, std::vector<Symbol> outputs, const std::vector<std::size_t>& listed,
             const std::vector<Symbol>& walked, const std::string& model)
    : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  if (inputs_.empty()) throw ValueError("expected at least 1 input, given none", model);
  if (outputs_.empty()) throw ValueError("expected at least 1 output, given none", model);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (inputs_[j].is(inputs_[i])) throw ValueError("the input \"" + inputs_[i].name() + "\" is given twice", model);
    }
  }
  walk(walked, listed, model);
  if (std::all_of(inputs_.begin(), inputs_.end(), is_made_by_input)) return;
  const std::vector<Symbol> anew = begin_anew(walked, model);
  met_.clear();
  nodes_.clear();
  // By the names that they were given with.
  std::vector<Symbol> unused = std::exchange(unused_inputs_, {});
  walk(anew, listed, model);
  unused_inputs_ = std::move(unused);
}

// Depth first, without recursion: a model may have very many layers one after the other.
void Graph::walk(const std::vector<Symbol>& outputs, const std::vector<std::size_t>& listed, const std::string& model) {
  struct Visit {
    const SymbolicCall* node;
    std::vector<Symbol> needed;
    std::size_t next = 0;
  };
  std::vector<Visit> open;
  std::vector<bool> leads(inputs_.size(), false);
  const auto enter = [&](const Symbol& symbol) {
    const auto given = std::find_if(inputs_.begin(), inputs_.end(), [&](const Symbol& x) { return x.is(symbol); });
    if (given != inputs_.end()) {
      leads[static_cast<std::size_t>(given - inputs_.begin())] = true;
      // What is behind it is no part of the model.
      if (!is_made_by_input(symbol)) return;
    }
    const SymbolicCall& node = symbol.node();
    if (!met_.emplace(&node, inputs_.size() + met_.size()).second) return;
    if (given == inputs_.end() && is_made_by_input(symbol)) {
      const std::string user = open.empty() ? "an output" : "\"" + open.back().node->layer().name() + "\"";
      throw ValueError(user + " needs the input \"" + node.layer().name() + "\", which is not among the inputs", model);
    }
    open.push_back({&node, needed_by(node)});
  };
  for (const Symbol& output : outputs) {
    enter(output);
    while (!open.empty()) {
      if (open.back().next < open.back().needed.size()) {
        // `enter` may move what is open.
        const Symbol needed = open.back().needed[open.back().next++];
        enter(needed);
      } else {
        nodes_.push_back(open.back().node);
        open.pop_back();
      }
    }
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (leads[listed[i]]) continue;
    const Symbol& input = inputs_[listed[i]];
    unused_inputs_.push_back(input);
    if (is_made_by_input(input) && met_.emplace(&input.node(), i).second) nodes_.push_back(&input.node());
  }
}

std::vector<Symbol> Graph::begin_anew(const std::vector<Symbol>& walked, const std::string& model) {
  std::vector<Symbol> own;
  for (const Symbol& input : inputs_) own.push_back(is_made_by_input(input) ? input : input_like(input, model));
  std::unordered_map<const SymbolicCall*, std::vector<Symbol>> outputs_of;
  const auto anew = [&](const std::vector<Symbol>& symbols) {
    std::vector<Symbol> result;
    for (const Symbol& symbol : symbols) {
      const auto given = std::find_if(inputs_.begin(), inputs_.end(), [&](const Symbol& x) { return x.is(symbol); });
      if (!symbol.defined()) {
        result.emplace_back();
      } else if (given != inputs_.end()) {
        result.push_back(own[static_cast<std::size_t>(given - inputs_.begin())]);
      } else {
        result.push_back(outputs_of.at(&symbol.node())[symbol.index()]);
      }
    }
    return result;
  };
  for (const SymbolicCall* node : nodes_) {
    if (layers::InputLayer::is(node->layer())) continue;
    layers::Arguments<Symbol> arguments = node->arguments();
    arguments.inputs = anew(arguments.inputs);
    for (auto& keyword : arguments.keywords) keyword.value = anew(keyword.value);
    outputs_of[node] = SymbolicCall::copy(*node, std::move(arguments))->outputs();
  }
  outputs_ = anew(outputs_);
  std::vector<Symbol> result = anew(walked);
  inputs_ = std::move(own);
  return result;
}

Graph::Depths Graph::depths() const {
  Depths depths;
  const auto depth_of = [&](const SymbolicCall& node) -> std::size_t& {
    const auto [entry, is_new] = depths.of_call.try_emplace(&node, 0);
    if (is_new) depths.met.push_back(&node);
    return entry->second;
  };
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const SymbolicCall& node = *nodes_[i];
    // All calls of a layer are as deep as its deepest one so far, as in Keras.
    std::size_t& of_layer = depths.of_layer[&node.layer()];
    of_layer = depth_of(node) = std::max(depth_of(node), of_layer);
    for (const Symbol& input : needed_by(node)) {
      std::size_t& before = depth_of(input.node());
      before = std::max(before, of_layer + 1);
    }
  }
  return depths;
}

std::vector<LayerImpl*> Graph::layers() const {
  const Depths depths = this->depths();
  std::unordered_map<const LayerImpl*, std::size_t> met;
  std::vector<LayerImpl*> result;
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    LayerImpl* const layer = &nodes_[i]->layer();
    const auto [entry, is_new] = met.try_emplace(layer, met_.at(nodes_[i]));
    if (is_new) result.push_back(layer);
    entry->second = std::min(entry->second, met_.at(nodes_[i]));
  }
  std::sort(result.begin(), result.end(), [&](LayerImpl* a, LayerImpl* b) {
    const std::size_t first = depths.of_layer.at(a), second = depths.of_layer.at(b);
    return first != second ? first > second : met.at(a) < met.at(b);
  });
  return result;
}

std::vector<const SymbolicCall*> Graph::order_of_running() const {
  std::unordered_set<const LayerImpl*> seen;
  const bool once = std::all_of(nodes_.begin(), nodes_.end(),
                                [&](const SymbolicCall* node) { return is_met_once(node->layer(), seen); });
  if (once) return nodes_;
  Depths depths = this->depths();
  std::stable_sort(depths.met.begin(), depths.met.end(), [&](const SymbolicCall* a, const SymbolicCall* b) {
    return depths.of_call.at(a) > depths.of_call.at(b);
  });
  return std::move(depths.met);
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
