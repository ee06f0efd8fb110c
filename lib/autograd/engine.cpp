#include "autograd/engine.hpp"

#include <xtape/error.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

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

void Engine::want(const Tensor& input) {
  if (!selection_) selection_.emplace();
  selection_->want(input);
}

void Engine::start(const Tensor& output, const Tensor& gradient) {
  const Edge edge(output);
  roots_.push_back(output);
  if (selection_) selection_->explore(edge);
  if (useful(edge)) add(edge, Tensor(gradient));
}

void Engine::run() {
  while (!frontier_.empty()) run_next();
}

void Engine::run_next() {
  Node* node = frontier_.next();
  if (selection_ && selection_->wanted(node)) {
    for (uint32_t i = 0; i < node->output_count(); ++i) selection_->keep(node, i, frontier_.gradient(i));
  }
  const std::span<const Edge> edges = node->edges();
  const std::span<bool> needed = needed_.first(edges.size());
  bool any_needed = false;
  for (std::size_t i = 0; i < edges.size(); ++i) any_needed |= needed[i] = useful(edges[i]);

  const std::span<Tensor> output_gradients = output_gradients_.first(node->output_count());
  const std::span<Tensor> input_gradients = input_gradients_.first(edges.size());
  frontier_.take(output_gradients);
  if (any_needed) {
    Stay stay(node, !keep_graph_);
    Gradients gradients(*node, edges, input_gradients, needed);
    node->run(output_gradients, gradients);
    stay.complete();
  }
  for (Tensor& gradient : output_gradients) gradient = Tensor();
  for (std::size_t i = 0; i < edges.size(); ++i) {
    // Out of its place, for a sum may leave it where it is.
    Tensor gradient = std::move(input_gradients[i]);
    if (gradient.defined()) add(edges[i], std::move(gradient));
  }
}

void Engine::add(const Edge& edge, Tensor&& gradient) {
  if (edge.node) {
    frontier_.add(edge.target_node(), edge.output, std::move(gradient));
  } else {
    leaves_.add(edge.target_leaf(), std::move(gradient));
  }
}

Tensor Engine::gradient(const Tensor& input) const {
  const core::TensorImpl* tensor = core::impl(input);
  return tensor->node ? selection_->kept(input) : leaves_.value(tensor);
}

}  // namespace xtape::autograd
