#pragma once

#include <xtape/tensor.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/late_reference.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::autograd {

class Node;
class NodeHooks;
class Saved;
class TapeWatch;
struct OpReference;

// Where the gradient of one input of an operation goes: to the node that computed the input, to a leaf,
// or nowhere.
struct Edge {
  detail::Reference<core::TapeNode> node;
  detail::Reference<core::TensorHandle> leaf;
  uint32_t output = 0;

  Edge() = default;
  explicit Edge(const Tensor& input);
  bool connected() const { return node || leaf; }
  // Null where the edge leads elsewhere.
  Node* target_node() const;
  core::TensorImpl* target_leaf() const { return static_cast<core::TensorImpl*>(leaf.get()); }
  // What it leads to, by its address.
  const void* target() const;
};

// Where a vjp (vector-Jacobian product) puts the gradients of its operation's inputs.
class Gradients {
 public:
  Gradients(const Node& node, std::span<const Edge> edges, std::span<Tensor> slots, std::span<const bool> needed)
      : node_(node), edges_(edges), slots_(slots), needed_(needed) {}
  // Gradients that nobody needs are not to be computed.
  bool needed(std::size_t input) const { return needed_[input]; }
  // An undefined gradient is zero; one that nobody needs is dropped. @throws AutogradError unless it has the shape and
  // the type of the input. This is the only way by which gradients of operations enter a run: kernels rely on it.
  void set(std::size_t input, Tensor gradient);
  // The same for the gradient, which is needed, of an input that was broadcast: summed to its shape.
  void set_summed(std::size_t input, Tensor gradient);
  // The shape and the type of an input whose gradient is needed.
  const Shape& shape(std::size_t input) const;
  DType dtype(std::size_t input) const;

 private:
  [[noreturn]] void refuse(std::size_t input, const Tensor& gradient) const;

  const Node& node_;
  std::span<const Edge> edges_;
  std::span<Tensor> slots_;
  std::span<const bool> needed_;
};

// A recorded operation: where gradients go, its saved tensors and its vjp. Tensors know the node that computed them, it
// does not know them: a graph has no cycles and goes when its last tensor goes.
//
// A node belongs to all runs of backward that reach it, at the same time on several threads or one inside a vjp of the
// other. So it holds nothing of a run, and all but its state and its saved tensors is constant.
// - Saved tensors are read between enter and leave only.
// - A run that retains the graph may enter a node that others have entered. One that does not closes the node by
//   entering it: nobody enters any more, and the last one to leave frees the saved tensors.
// - A closed node is opened again only by the run that closed it, if its vjp threw.
// - Edges remain after a node was closed, so that a later run that would need it is refused, not incomplete.
class Node : public core::TapeNode, public core::Pooled {
 public:
  // What a gradient of an output has to look like.
  struct Output {
    Shape shape;
    DType dtype = DType::float32;

    Output() = default;
    explicit Output(const Tensor& tensor) : shape(core::impl(tensor)->shape), dtype(core::impl(tensor)->dtype) {}
  };

  // What few nodes have, so that the others test one pointer for all of it.
  struct Rest : detail::Counted, core::Pooled {
    ~Rest();
    // 1, 2, ..., of which most have one at most.
    uint32_t more_outputs = 0;
    Output second;
    std::vector<Output> others;
    core::LateReference<NodeHooks> hooks;
    std::string call_path;
  };

  // `name` lives forever.
  Node(const char* name, const Tensor& output) : name_(name), output_(output) {}
  Node(const char* name, std::span<const Tensor> outputs);
  // Computes the input gradients from the output gradients, of which some may be undefined. Between enter and leave.
  virtual void run(std::span<const Tensor> output_gradients, Gradients& gradients) const = 0;
  virtual std::span<const Edge> edges() const = 0;
  // What derivatives read of the inputs and then of the outputs; empty, or one for each. Between enter and leave.
  virtual std::span<const Saved> saved() const = 0;
  // The operation; null where it is none of op.hpp or list_op.hpp, or when it is freed. Between enter and leave.
  virtual OpReference op() const = 0;

  const char* name() const { return name_; }
  // Larger than that of every node that this one depends on.
  uint64_t sequence() const { return sequence_; }
  // Null: one output, and nobody watches its gradient.
  const Rest* rest() const { return rest_.get(); }
  uint32_t output_count() const {
    const Rest* rest = rest_.get();
    return rest ? 1 + rest->more_outputs : 1;
  }
  const Output& output(uint32_t index) const {
    if (index == 0) return output_;
    return index == 1 ? rest_.get()->second : rest_.get()->others[index - 2];
  }
  NodeHooks& hooks();
  // The layers in whose calls the operation was recorded, where somebody asked for that (call_path_watch.hpp).
  std::string call_path() const { return rest_.get() ? rest_.get()->call_path : std::string(); }
  void set_call_path(std::string path);

  bool is_closed() const { return state_.load(std::memory_order_relaxed) & closed; }
  // False if the node is closed.
  bool enter(bool close) noexcept;
  void leave() noexcept;
  // Instead of leave, for the one that closed it.
  void reopen_and_leave() noexcept { state_.fetch_sub(entered + closed, std::memory_order_release); }

 protected:
  // Gives the node its number, and shows it to who watches the tape: last in constructors, when all else is there.
  void enter_tape(std::span<const Edge> edges);
  virtual void free_saved() noexcept = 0;

 private:
  // How many runs are inside, times `entered`, plus `closed`.
  static constexpr uint32_t closed = 1, entered = 2;

  const char* name_;
  uint64_t sequence_ = 0;
  std::atomic<uint32_t> state_{0};
  Output output_;
  core::LateReference<Rest> rest_;
};
inline void release_last(Node::Rest* rest) noexcept { delete rest; }

inline Node* Edge::target_node() const { return static_cast<Node*>(node.get()); }
inline const void* Edge::target() const {
  return node ? static_cast<const void*>(target_node()) : static_cast<const void*>(leaf.get());
}

// Puts results into the graph behind their node; those that are not floating have no derivative.
void set_node(std::span<const Tensor> results, const detail::Reference<core::TapeNode>& node);

// The last number that this thread has given to a node.
uint64_t last_sequence();

// The node whose vjp runs on this thread, or null.
Node* running_node();

}  // namespace xtape::autograd
