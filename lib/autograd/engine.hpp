#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "autograd/node.hpp"

namespace xtape::autograd {

// One run of backward. Nodes run in the order of falling sequence numbers, so that each runs once, after
// all who use its outputs. Gradients of leaves are kept here and handed over at the end: a run that fails
// leaves them as they were.
class Engine {
 public:
  struct Options {
    bool keep_graph = false;
    bool create_graph = false;
  };

  explicit Engine(Options options) : options_(options) {}
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Asks for the gradient of `input` only: nodes that do not lead to such an input will not run.
  // To be called before start.
  void capture(const Tensor& input);
  // Adds a tensor to start from. @throws AutogradError if it has no graph.
  void start(const Tensor& output, const Tensor& gradient);
  void run();

  // After run(): adds the gradients of the leaves to their grad().
  void accumulate_into_leaves();
  // After run(): the gradient of a captured input, undefined if the outputs do not depend on it.
  Tensor captured(const Tensor& input) const;

 private:
  struct Queued {
    uint64_t sequence;
    detail::Reference<core::TapeNode> node;
    bool operator<(const Queued& other) const { return sequence < other.sequence; }
  };
  struct LeafGradient {
    detail::Reference<core::TensorHandle> leaf;
    Tensor gradient;
    bool owned = false;
  };

  void enqueue(const detail::Reference<core::TapeNode>& node);
  void add_to_node(const Edge& edge, Tensor gradient);
  void add_to_leaf(const detail::Reference<core::TensorHandle>& leaf, Tensor gradient);
  void add(Tensor& slot, bool& owned, Tensor gradient) const;
  void run_node(Node& node);
  // Whether a path from `edge` leads to where a gradient is asked for.
  bool useful(const Edge& edge) const;
  void mark_useful(Node* root);

  Options options_;
  std::vector<Queued> queue_;
  std::vector<LeafGradient> leaves_;
  std::unordered_map<const core::TensorHandle*, std::size_t> leaf_index_;

  bool capturing_ = false;
  std::unordered_map<const core::TensorHandle*, bool> captured_leaves_;
  std::unordered_map<const core::TapeNode*, std::unordered_map<uint32_t, Tensor>> captured_nodes_;
  std::unordered_map<const core::TapeNode*, bool> useful_;
  std::unordered_map<const core::TapeNode*, bool> visited_;
};

}  // namespace xtape::autograd
