#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>
#include <xtape/tensor.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Where the gradient of one input of an operation goes: to the node that computed the input, to a leaf,
// or nowhere.
struct Edge {
  detail::Reference<core::TapeNode> node;
  detail::Reference<core::TensorHandle> leaf;
  uint32_t output = 0;

  Edge() = default;
  explicit Edge(const Tensor& input);
  bool connected() const { return node || leaf; }
};

// Where a vjp (vector-Jacobian product) puts the gradients of its operation's inputs.
class Gradients {
 public:
  Gradients(std::span<Tensor> slots, std::span<const bool> needed) : slots_(slots), needed_(needed) {}
  // Gradients that nobody needs are not to be computed.
  bool needed(std::size_t input) const { return needed_[input]; }
  void set(std::size_t input, Tensor gradient) { slots_[input] = std::move(gradient); }

 private:
  std::span<Tensor> slots_;
  std::span<const bool> needed_;
};

// A recorded operation. It knows where gradients go, its saved tensors and its vjp; tensors know it, it
// does not know its outputs.
class Node : public core::TapeNode, public core::Pooled {
 public:
  Node(const char* name, uint32_t outputs) : name_(name) {
    if (outputs > 1) more_slots_.resize(outputs - 1);
  }
  virtual ~Node() = default;

  // Computes the input gradients from the output gradients, of which some may be undefined.
  virtual void run(std::span<const Tensor> output_gradients, Gradients& gradients) = 0;
  // Frees saved tensors. Afterwards the node cannot run again; its edges remain, so that a run that would need
  // it is recognized.
  virtual void release() = 0;
  virtual std::span<Edge> edges() = 0;

  const char* name() const { return name_; }
  // Larger than that of every node that this one depends on.
  uint64_t sequence() const { return sequence_; }
  bool released() const { return released_; }
  uint32_t output_count() const { return static_cast<uint32_t>(1 + more_slots_.size()); }

  // The gradient of an output while backward collects it.
  Tensor& slot(uint32_t output) { return output == 0 ? first_slot_ : more_slots_[output - 1]; }

 protected:
  const char* name_;
  uint64_t sequence_ = 0;
  bool released_ = false;

 private:
  friend class Engine;
  Tensor first_slot_;
  std::vector<Tensor> more_slots_;
  bool queued_ = false;
  // Whether the sum in the slot of output 0 is the engine's own, to be added to in place.
  bool owns_first_slot_ = false;
};

inline Node* node_of(const Tensor& tensor) { return static_cast<Node*>(core::impl(tensor)->node.get()); }

// The next sequence number for a node with these inputs.
uint64_t next_sequence(std::span<const Edge> edges);

// The node whose vjp runs on this thread, or null.
Node* running_node();

}  // namespace xtape::autograd
