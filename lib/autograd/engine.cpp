#include "autograd/engine.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>

#include "autograd/grad_mode.hpp"

namespace xtape::autograd {
namespace {

thread_local Node* current_node = nullptr;

class RunningScope {
 public:
  explicit RunningScope(Node* node) : before_(current_node) { current_node = node; }
  ~RunningScope() { current_node = before_; }

 private:
  Node* before_;
};

class LeafLock {
 public:
  explicit LeafLock(core::TensorImpl* leaf) : leaf_(leaf) {
    while (leaf_->grad_lock.test_and_set(std::memory_order_acquire)) leaf_->grad_lock.wait(true);
  }
  ~LeafLock() {
    leaf_->grad_lock.clear(std::memory_order_release);
    leaf_->grad_lock.notify_one();
  }

 private:
  core::TensorImpl* leaf_;
};

// Whether nobody else can see the elements.
bool exclusive(const Tensor& tensor) {
  const core::TensorImpl* impl = core::impl(tensor);
  return impl->references.load() == 1 && impl->storage.unique() && impl->contiguous;
}

// Few leaves are found faster by looking at each.
constexpr std::size_t linear_search_limit = 16;

}  // namespace

Node* running_node() { return current_node; }

Engine::~Engine() {
  // After an error nodes may still hold gradients.
  for (Queued& queued : queue_) {
    auto* node = static_cast<Node*>(queued.node.get());
    for (uint32_t i = 0; i < node->output_count(); ++i) node->slot(i) = Tensor();
    node->queued_ = false;
    node->owns_first_slot_ = false;
  }
}

void Engine::capture(const Tensor& input) {
  capturing_ = true;
  const core::TensorImpl* tensor = core::impl(input);
  if (tensor->node) {
    captured_nodes_[tensor->node.get()][tensor->output_index];
    useful_[tensor->node.get()] = true;
  } else {
    captured_leaves_[input.handle()] = true;
  }
}

void Engine::start(const Tensor& output, const Tensor& gradient) {
  const Edge edge(output);
  if (!edge.connected()) {
    throw AutogradError("backward: the tensor of shape " + output.shape().str() +
                        " does not depend on any tensor that requires a gradient");
  }
  if (edge.leaf) {
    if (useful(edge)) add_to_leaf(edge.leaf, gradient);
    return;
  }
  if (capturing_) mark_useful(static_cast<Node*>(edge.node.get()));
  add_to_node(edge, gradient);
}

void Engine::run() {
  const RecordingScope mode(options_.create_graph);
  while (!queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end());
    // It leaves the queue only once its vjp has run, so that an error cleans it up too.
    const detail::Reference<core::TapeNode> node = queue_.back().node;
    run_node(static_cast<Node&>(*node));
  }
}

void Engine::run_node(Node& node) {
  const RunningScope running(&node);
  if (capturing_) {
    const auto found = captured_nodes_.find(&node);
    if (found != captured_nodes_.end()) {
      for (auto& [output, gradient] : found->second) gradient = node.slot(output);
    }
  }

  const std::span<Edge> edges = node.edges();
  constexpr std::size_t usual_inputs = 6;
  std::array<Tensor, usual_inputs> few_slots;
  std::array<bool, usual_inputs> few_needed{};
  std::unique_ptr<Tensor[]> many_slots;
  std::unique_ptr<bool[]> many_needed;
  if (edges.size() > usual_inputs) {
    many_slots = std::make_unique<Tensor[]>(edges.size());
    many_needed = std::make_unique<bool[]>(edges.size());
  }
  const std::span<Tensor> slots(many_slots ? many_slots.get() : few_slots.data(), edges.size());
  const std::span<bool> needed(many_needed ? many_needed.get() : few_needed.data(), edges.size());
  bool any_needed = false;
  for (std::size_t i = 0; i < edges.size(); ++i) any_needed |= needed[i] = useful(edges[i]);

  const uint32_t outputs = node.output_count();
  if (any_needed) {
    if (node.released()) {
      throw AutogradError(std::string("backward: the graph of '") + node.name() +
                          "' was already run and freed; pass retain_graph to the earlier backward to keep it");
    }
    Gradients gradients(slots, needed);
    if (outputs == 1) {
      const Tensor gradient = std::move(node.slot(0));
      node.run(std::span<const Tensor>(&gradient, 1), gradients);
    } else {
      std::vector<Tensor> output_gradients(outputs);
      for (uint32_t i = 0; i < outputs; ++i) output_gradients[i] = std::move(node.slot(i));
      node.run(output_gradients, gradients);
    }
  }
  for (uint32_t i = 0; i < outputs; ++i) node.slot(i) = Tensor();
  node.queued_ = false;
  node.owns_first_slot_ = false;
  queue_.pop_back();

  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!needed[i] || !slots[i].defined()) continue;
    if (edges[i].node) {
      add_to_node(edges[i], std::move(slots[i]));
    } else {
      add_to_leaf(edges[i].leaf, std::move(slots[i]));
    }
  }
  if (!options_.keep_graph && any_needed) node.release();
}

void Engine::enqueue(const detail::Reference<core::TapeNode>& reference) {
  auto* node = static_cast<Node*>(reference.get());
  if (node->queued_) return;
  node->queued_ = true;
  queue_.push_back({node->sequence(), reference});
  std::push_heap(queue_.begin(), queue_.end());
}

void Engine::add_to_node(const Edge& edge, Tensor gradient) {
  auto* node = static_cast<Node*>(edge.node.get());
  // Other outputs are sums that may be shared: they are never added to in place.
  bool owned = edge.output == 0 && node->owns_first_slot_;
  add(node->slot(edge.output), owned, std::move(gradient));
  if (edge.output == 0) node->owns_first_slot_ = owned;
  enqueue(edge.node);
}

void Engine::add_to_leaf(const detail::Reference<core::TensorHandle>& leaf, Tensor gradient) {
  std::size_t index = leaves_.size();
  if (leaves_.size() <= linear_search_limit) {
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      if (leaves_[i].leaf == leaf) index = i;
    }
  } else {
    if (leaf_index_.empty()) {
      for (std::size_t i = 0; i < leaves_.size(); ++i) leaf_index_[leaves_[i].leaf.get()] = i;
    }
    index = leaf_index_.try_emplace(leaf.get(), index).first->second;
  }
  if (index == leaves_.size()) leaves_.push_back({leaf, Tensor(), false});
  add(leaves_[index].gradient, leaves_[index].owned, std::move(gradient));
}

// The first gradient is borrowed, the second makes a sum of our own, later ones are added to it in place.
void Engine::add(Tensor& slot, bool& owned, Tensor gradient) const {
  if (!slot.defined()) {
    slot = std::move(gradient);
  } else if (owned && !options_.create_graph) {
    slot += gradient;
  } else {
    slot = xtape::add(slot, gradient);
    owned = true;
  }
}

void Engine::accumulate_into_leaves() {
  const RecordingScope mode(options_.create_graph);
  for (LeafGradient& entry : leaves_) {
    auto* leaf = static_cast<core::TensorImpl*>(entry.leaf.get());
    const LeafLock lock(leaf);
    if (leaf->grad.defined()) {
      // A gradient that others hold too must not change under them.
      if (options_.create_graph || leaf->grad.requires_grad() || !exclusive(leaf->grad)) {
        leaf->grad = xtape::add(leaf->grad, entry.gradient);
      } else {
        leaf->grad += entry.gradient;
      }
    } else if (options_.create_graph || exclusive(entry.gradient)) {
      leaf->grad = std::move(entry.gradient);
    } else {
      leaf->grad = entry.gradient.clone();
    }
  }
}

Tensor Engine::captured(const Tensor& input) const {
  const core::TensorImpl* tensor = core::impl(input);
  if (tensor->node) return captured_nodes_.at(tensor->node.get()).at(tensor->output_index);
  for (const LeafGradient& entry : leaves_) {
    if (entry.leaf.get() == input.handle()) return entry.gradient;
  }
  return Tensor();
}

bool Engine::useful(const Edge& edge) const {
  if (!capturing_) return edge.connected();
  if (edge.leaf) return captured_leaves_.contains(edge.leaf.get());
  return edge.node && useful_.contains(edge.node.get());
}

void Engine::mark_useful(Node* root) {
  if (!visited_.try_emplace(root, true).second) return;
  // Depth first without recursion: a node is decided once all of its inputs are.
  std::vector<std::pair<Node*, std::size_t>> path{{root, 0}};
  while (!path.empty()) {
    auto& [node, next] = path.back();
    const std::span<Edge> edges = node->edges();
    if (next < edges.size()) {
      auto* child = static_cast<Node*>(edges[next++].node.get());
      if (child && visited_.try_emplace(child, true).second) path.emplace_back(child, 0);
      continue;
    }
    if (std::any_of(edges.begin(), edges.end(), [&](const Edge& edge) { return useful(edge); })) useful_[node] = true;
    path.pop_back();
  }
}

}  // namespace xtape::autograd
