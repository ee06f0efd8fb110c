#pragma once

#include <xtape/tensor.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "autograd/frontier.hpp"
#include "autograd/grad_mode.hpp"
#include "autograd/leaf_sums.hpp"
#include "autograd/leaf_watch.hpp"
#include "autograd/node.hpp"
#include "autograd/scratch.hpp"
#include "autograd/selection.hpp"

namespace xtape::autograd {

// One run of backward or grad. All that it knows lies in here, so that runs on other threads, and runs inside a vjp of
// this one, may pass the same nodes (node.hpp says how they share saved tensors).
// - Nodes run in the order of falling sequence numbers: each once, after all who use its outputs.
// - Gradients of leaves are collected and handed over when all nodes have run: a run that fails leaves them as they
//   were. What it has freed by then stays freed. Leaves whose LeafHooks have been called are an exception: they have
//   theirs already.
// - Hooks see the gradient of a tensor when it is final: that of a result before its node runs, that of a leaf when no
//   node is left that uses it.
// - The tensors that it starts from are held to the end, and with them every node and leaf that it meets.
// - While it lives, its thread records operations only if the gradients are to be differentiated.
class Engine {
 public:
  struct Options {
    bool keep_graph = false;
    bool create_graph = false;
    // Collect gradients for grad() of leaves, and of results that retain theirs.
    bool accumulate = false;
    // Not to go behind the inputs asked for, nor to show their gradients to hooks: they are part of a run outside.
    bool boundary = false;
  };

  explicit Engine(Options options)
      : keep_graph_(options.keep_graph),
        accumulate_(options.accumulate),
        boundary_(options.boundary),
        mode_(options.create_graph) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Asks for the gradient of `input`: nodes that lead to no such input will not run. Before start.
  void want(const Edge& input);
  // Adds a tensor to start from, which requires a gradient, with a gradient of its shape and type.
  void start(const Tensor& output, const Tensor& gradient);
  // Whether a tensor to start from depends on an input asked for.
  bool reaches(const Edge& input) const { return selection_->reached(input); }
  void run();

  // After run(): adds the gradients collected to the grad() of their tensors, all or none.
  void accumulate_into_leaves() { leaves_.hand_over(); }
  // After run(): the gradient of an input asked for. Undefined, that is zero, if no gradient arrived.
  Tensor gradient(const Edge& input) const;

 private:
  // The same for runs that hooks of leaves or DetectAnomaly watch.
  void run_watched();
  // Runs the next node; `checked`: throws where a gradient is not finite.
  template <bool checked>
  void run_next();
  // Takes the gradients of the outputs of the next node, seen by hooks.
  std::span<Tensor> take(Node* node);
  std::span<Tensor> take(Node* node, const Node::Rest& rest);
  // Shows hooks the gradients of leaves that are final when the next node to run has this number.
  void finish_leaves(LeafWatch& watch, uint64_t next);
  void add(const Edge& edge, Tensor&& gradient);
  // Whether the gradient of the edge is of use to anybody.
  bool useful(const Edge& edge) const { return selection_ ? selection_->leads(edge) : edge.connected(); }

  const bool keep_graph_, accumulate_, boundary_;
  const RecordingScope mode_;
  std::vector<Tensor> roots_;
  Frontier frontier_;
  LeafSums leaves_;
  // Where inputs were asked for.
  std::optional<Selection> selection_;

  // Of the node that runs; between nodes all gradients are undefined.
  Scratch<Tensor> output_gradients_;
  Scratch<Tensor> input_gradients_;
  Scratch<bool> needed_;
};

}  // namespace xtape::autograd
