#include "autograd/engine.hpp"

#include <xtape/error.hpp>

#include <array>
#include <memory>
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

// `count` elements, on the stack where they are few.
template <class T>
class Elements {
 public:
  explicit Elements(std::size_t count) : count_(count) {
    if (count > few) many_ = std::make_unique<T[]>(count);
  }
  std::span<T> get() { return {many_ ? many_.get() : few_.data(), count_}; }

 private:
  static constexpr std::size_t few = 4;
  const std::size_t count_;
  std::array<T, few> few_{};
  std::unique_ptr<T[]> many_;
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
  if (useful(edge)) add(edge, gradient);
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
  Elements<bool> needed(edges.size());
  bool any_needed = false;
  for (std::size_t i = 0; i < edges.size(); ++i) any_needed |= needed.get()[i] = useful(edges[i]);

  Elements<Tensor> results(edges.size());
  {
    Elements<Tensor> output_gradients(node->output_count());
    frontier_.take(output_gradients.get());
    if (!any_needed) return;
    Stay stay(node, !keep_graph_);
    Gradients gradients(*node, edges, results.get(), needed.get());
    node->run(output_gradients.get(), gradients);
    stay.complete();
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (Tensor& gradient = results.get()[i]; gradient.defined()) add(edges[i], std::move(gradient));
  }
}

void Engine::add(const Edge& edge, Tensor gradient) {
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
