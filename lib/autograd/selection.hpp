#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "autograd/node.hpp"
#include "autograd/pointer_map.hpp"

namespace xtape::autograd {

// The inputs that grad() asks for, and the part of the graph that leads to them. First every input is added, then every
// output explored; then all else may be asked.
class Selection {
 public:
  // `boundary`: paths end at the inputs.
  explicit Selection(bool boundary) : boundary_(boundary) {}

  void want(const Edge& input);
  // Looks for paths from `start` to the inputs.
  void explore(const Edge& start);

  // Whether a path from `edge` leads to an input.
  bool leads(const Edge& edge) const { return has_mark(edge.target(), useful); }
  // Whether outputs of the node are inputs of grad().
  bool wanted(const Node* node) const { return has_mark(node, input); }
  // Whether a path from an explored edge leads to this input.
  bool reached(const Edge& input) const { return inputs_.at(place_of(input)).reached; }

  // Keeps the gradient of a node's output, if it is asked for.
  void keep(const Node* node, uint32_t output, const Tensor& gradient);
  // What was kept for an input; undefined if nothing was.
  const Tensor& kept(const Edge& input) const { return inputs_.at(place_of(input)).gradient; }

 private:
  // An output of a node; or a leaf, and 0.
  using Place = std::pair<const void*, uint32_t>;
  struct Input {
    bool reached = false;
    Tensor gradient;
  };
  // Bits that a node or leaf may have. Those that are useful are inputs, or a path leads from them to one.
  enum Mark : uint8_t { visited = 1, useful = 2, input = 4 };

  static Place place_of(const Edge& edge) { return {edge.target(), edge.output}; }
  bool has_mark(const void* target, Mark mark) const {
    const uint8_t* marks = target ? marks_.find(target) : nullptr;
    return marks && (*marks & mark);
  }
  // Notes that an edge was followed. Returns the node behind it where that is still to be visited.
  Node* follow(const Edge& edge);

  const bool boundary_;
  std::map<Place, Input> inputs_;
  PointerMap<uint8_t> marks_;
  // No node with a lower number leads to an input: nodes depend on lower numbers only.
  uint64_t lowest_ = std::numeric_limits<uint64_t>::max();
};

}  // namespace xtape::autograd
