#pragma once

#include <xtape/tensor.hpp>

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/gradient_sum.hpp"
#include "autograd/node.hpp"
#include "autograd/pointer_map.hpp"

namespace xtape::autograd {

// The nodes that a run has gradients for and that have yet to run, with those gradients. Nothing of this lies in the
// nodes, which other runs may pass at the same time.
// - A node is in here once at most: from the first gradient that arrives at one of its outputs until it is taken.
// - The node taken has the largest sequence number, so all that use its outputs have run: no gradient for it can
//   arrive any more, and it never comes back.
// - Nodes are not owned: the tensors that the run started from keep the graph.
class Frontier {
 public:
  bool empty() const { return queue_.empty(); }
  // Adds to the gradient of an output of a node.
  void add(Node* node, uint32_t output, Tensor&& gradient);
  // The next node to run.
  Node* next() const { return pending_[queue_.front().index].node; }
  // Takes the next node out; gradients[i], which are undefined, become those of its outputs.
  void take(std::span<Tensor> gradients);

 private:
  static constexpr uint32_t none = UINT32_MAX;

  struct Pending {
    Node* node;
    GradientSum first;
    // Of outputs 1, 2, ...
    std::vector<GradientSum> others;
    uint32_t next_free;
  };
  struct Queued {
    uint64_t sequence;
    uint32_t index;
    bool operator<(const Queued& other) const { return sequence < other.sequence; }
  };

  Pending& enqueue(Node* node, uint32_t& index);

  // pending_[i] belongs to a node that index_ maps to i and that stands in queue_, a heap, once; or it is free and in
  // the list that begins with free_.
  std::vector<Pending> pending_;
  std::vector<Queued> queue_;
  PointerMap<uint32_t> index_;
  uint32_t free_ = none;
};

}  // namespace xtape::autograd
