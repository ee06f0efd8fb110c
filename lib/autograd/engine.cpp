#include "autograd/engine.hpp"

#include <xtape/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "autograd/anomaly.hpp"
#include "autograd/node_hooks.hpp"

namespace xtape::autograd {
namespace {

thread_local Node* current_node = nullptr;

// A stay in a node, to run its vjp.
class Stay {
 public:
  Stay(Node* node, bool close) : node_(node), close_(close), before_(current_node) {
    if (!node->enter(close)) {
      throw AutogradError(std::string("backward: the graph of '") + node->name() +
                          "' was already run and freed; pass retain_graph to the earlier backward to keep it");
    }
    current_node = node;
  }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  ~Stay() {
    current_node = before_;
    if (close_ && !complete_) {
      node_->reopen_and_leave();
    } else {
      node_->leave();
    }
  }
  // The vjp has not thrown.
  void complete() { complete_ = true; }

 private:
  Node* node_;
  const bool close_;
  bool complete_ = false;
  Node* before_;
};

}  // namespace

Node* running_node() { return current_node; }

void Engine::want(const Edge& input) {
  if (!selection_) selection_.emplace(boundary_);
  selection_->want(input);
}

void Engine::start(const Tensor& output, const Tensor& gradient) {
  const Edge edge(output);
  roots_.push_back(output);
  if (selection_) selection_->explore(edge);
  if (useful(edge)) add(edge, Tensor(gradient));
}

void Engine::run() {
  if (detecting_anomalies || leaf_hook_count.load(std::memory_order_relaxed) != 0) return run_watched();
  while (!frontier_.empty()) run_next<false>();
}

void Engine::run_watched() {
  std::optional<LeafWatch> watch;
  if (!boundary_) watch.emplace(roots_, selection_ ? &*selection_ : nullptr);
  // A function that is captured computes nothing yet.
  const bool checked = detecting_anomalies && !trace;
  while (!frontier_.empty()) {
    if (watch) finish_leaves(*watch, frontier_.next()->sequence());
    checked ? run_next<true>() : run_next<false>();
  }
  if (watch) finish_leaves(*watch, 0);
  if (checked && !boundary_) {
    leaves_.for_each_leaf([](const Tensor& gradient) {
      if (gradient.defined()) check_leaf_gradient(gradient);
    });
  }
}

template <bool checked>
void Engine::run_next() {
  Node* node = frontier_.next();
  const std::span<Tensor> output_gradients = take(node);
  if (selection_ && selection_->wanted(node)) {
    for (uint32_t i = 0; i < output_gradients.size(); ++i) selection_->keep(node, i, output_gradients[i]);
    if (boundary_) {
      for (Tensor& gradient : output_gradients) gradient = Tensor();
      return;
    }
  }
  const std::span<const Edge> edges = node->edges();
  const std::span<bool> needed = needed_.first(edges.size());
  bool any_needed = false;
  for (std::size_t i = 0; i < edges.size(); ++i) any_needed |= needed[i] = useful(edges[i]);

  const std::span<Tensor> input_gradients = input_gradients_.first(edges.size());
  if constexpr (checked) check_output_gradients(*node, output_gradients);
  if (any_needed) {
    Stay stay(node, !keep_graph_);
    Gradients gradients(*node, edges, input_gradients, needed);
    node->run(output_gradients, gradients);
    stay.complete();
    if constexpr (checked) check_input_gradients(*node, input_gradients);
  }
  for (Tensor& gradient : output_gradients) gradient = Tensor();
  for (std::size_t i = 0; i < edges.size(); ++i) {
    // Out of its place, for a sum may leave it where it is.
    Tensor gradient = std::move(input_gradients[i]);
    if (gradient.defined()) add(edges[i], std::move(gradient));
  }
}

std::span<Tensor> Engine::take(Node* node) {
  if (const Node::Rest* rest = node->rest()) [[unlikely]]
    return take(node, *rest);
  const std::span<Tensor> gradients = output_gradients_.first(1);
  frontier_.take(gradients);
  return gradients;
}

std::span<Tensor> Engine::take(Node* node, const Node::Rest& rest) {
  const std::span<Tensor> gradients = output_gradients_.first(1 + rest.more_outputs);
  frontier_.take(gradients);
  const NodeHooks* hooks = rest.hooks.get();
  if (!hooks || (boundary_ && selection_->wanted(node))) return gradients;
  for (uint32_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    gradients[i] = call_hooks(hooks->hooks(i), std::move(gradients[i]), [&] {
      return "a tensor of shape " + node->output(i).shape.str() + " that '" + node->name() + "' computed";
    });
    if (!accumulate_) continue;
    for (const NodeHooks::Slot& slot : hooks->retained(i)) {
      leaves_.retain(static_cast<GradSlot*>(slot.get()), gradients[i]);
    }
  }
  return gradients;
}

void Engine::finish_leaves(LeafWatch& watch, uint64_t next) {
  while (core::TensorImpl* leaf = watch.take_final(next)) {
    Tensor gradient = leaves_.value(leaf);
    if (!gradient.defined()) continue;
    GradSlot& slot = grad_slot(leaf);
    std::shared_ptr<GradientHooks> hooks;
    std::shared_ptr<LeafHooks> leaf_hooks;
    {
      const FlagLock lock(slot.lock);
      hooks = slot.hooks;
      leaf_hooks = slot.leaf_hooks;
    }
    gradient = call_hooks(hooks, std::move(gradient), [&] { return "a leaf of shape " + leaf->shape.str(); });
    if (detecting_anomalies && !trace) check_leaf_gradient(gradient);
    leaves_.set(leaf, std::move(gradient));
    if (!accumulate_ || !leaf_hooks) continue;
    const std::shared_ptr<const LeafHooks::List> list = leaf_hooks->list();
    if (list->empty()) continue;
    leaves_.hand_over(leaf);
    const Tensor tensor(detail::Reference<core::TensorHandle>::share(leaf));
    for (const LeafHooks::Hook& hook : *list) (*hook.function)(tensor);
  }
}

void Engine::add(const Edge& edge, Tensor&& gradient) {
  if (edge.node) {
    frontier_.add(edge.target_node(), edge.output, std::move(gradient));
  } else {
    leaves_.add(edge.target_leaf(), std::move(gradient));
  }
}

Tensor Engine::gradient(const Edge& input) const {
  return input.node ? selection_->kept(input) : leaves_.value(input.target_leaf());
}

}  // namespace xtape::autograd
