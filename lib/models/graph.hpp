#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/symbolic_call.hpp>

namespace xtape::models {

// What a call takes, in the order in which Keras looks there: a model's inputs by name in that of their names.
std::vector<Symbol> needed_by(const layers::SymbolicCall& node);

// The calls between inputs and outputs of a functional model.
class Graph {
 public:
  // Where an input is the result of a layer, an Input of its own stands in its place, as in Keras, and the calls behind
  // it are made again. @throws ValueError unless each input is given once, and no output needs another one that was made
  // by Input; `model` is named. Calls are met from the outputs on, in the order `walked`; inputs are listed in the order
  // of those places.
  Graph(std::vector<Symbol> inputs, std::vector<Symbol> outputs, const std::vector<std::size_t>& listed,
        const std::vector<Symbol>& walked, const std::string& model);

  const std::vector<Symbol>& inputs() const { return inputs_; }
  const std::vector<Symbol>& outputs() const { return outputs_; }
  // Those that were given and lead to no output.
  const std::vector<Symbol>& unused_inputs() const { return unused_inputs_; }
  // All calls, each behind those that it needs; those of the inputs are among them.
  const std::vector<const layers::SymbolicCall*>& nodes() const { return nodes_; }
  // All calls as they run. Where a layer is called several times, also within others, in Keras's order, by depth: what
  // it keeps (states, moving statistics) depends on it. Else one branch after the other, so that values go early and
  // neighbours fuse.
  std::vector<const layers::SymbolicCall*> order_of_running() const;
  // The layers in Keras's order: those farthest from the outputs first.
  std::vector<layers::LayerImpl*> layers() const;
  // Which call of its layer in this graph a node is.
  std::size_t call_of(const layers::SymbolicCall& node) const;

 private:
  void walk(const std::vector<Symbol>& outputs, const std::vector<std::size_t>& listed, const std::string& model);
  // The same graph between inputs of its own; returns what stands in the place of `walked`.
  std::vector<Symbol> begin_anew(const std::vector<Symbol>& walked, const std::string& model);

  // How far from the outputs, as Keras counts.
  struct Depths {
    std::unordered_map<const layers::SymbolicCall*, std::size_t> of_call;
    std::unordered_map<const layers::LayerImpl*, std::size_t> of_layer;
    // All calls in the order in which this was counted: those that need a call before it.
    std::vector<const layers::SymbolicCall*> met;
  };
  Depths depths() const;

  std::vector<Symbol> inputs_;
  std::vector<Symbol> outputs_;
  std::vector<Symbol> unused_inputs_;
  std::vector<const layers::SymbolicCall*> nodes_;
  // The order in which a walk from the outputs met the calls; those of unused inputs come first, as in Keras.
  std::unordered_map<const layers::SymbolicCall*, std::size_t> met_;
};

}  // namespace xtape::models
