#include "autograd/node.hpp"

#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include "autograd/node_hooks.hpp"
#include "autograd/tape_watch.hpp"

namespace xtape::autograd {

Edge::Edge(const Tensor& input) {
  const core::TensorImpl* tensor = core::impl(input);
  if (!tensor || !tensor->requires_grad) return;
  if (tensor->node) {
    node = tensor->node;
    output = tensor->output_index;
  } else {
    leaf = detail::Reference<core::TensorHandle>::share(input.handle());
  }
}

namespace {

bool alike(const core::TensorImpl* gradient, const Shape& shape, DType dtype) {
  return gradient->dtype == dtype && gradient->shape == shape;
}

}  // namespace

void Gradients::set(std::size_t input, Tensor gradient) {
  if (!needed_[input]) return;
  if (const core::TensorImpl* given = core::impl(gradient)) {
    const Edge& edge = edges_[input];
    if (const Node* node = edge.target_node()) {
      const Node::Output& output = node->output(edge.output);
      if (!alike(given, output.shape, output.dtype)) refuse(input, gradient);
    } else {
      const core::TensorImpl* leaf = edge.target_leaf();
      if (!alike(given, leaf->shape, leaf->dtype)) refuse(input, gradient);
    }
  }
  slots_[input] = std::move(gradient);
}

const Shape& Gradients::shape(std::size_t input) const {
  const Edge& edge = edges_[input];
  const Node* node = edge.target_node();
  return node ? node->output(edge.output).shape : edge.target_leaf()->shape;
}

DType Gradients::dtype(std::size_t input) const {
  const Edge& edge = edges_[input];
  const Node* node = edge.target_node();
  return node ? node->output(edge.output).dtype : edge.target_leaf()->dtype;
}

void Gradients::set_summed(std::size_t input, Tensor gradient) {
  const Shape& expected = shape(input);
  if (alike(core::impl(gradient), expected, dtype(input))) {
    slots_[input] = std::move(gradient);
  } else {
    set(input, sum_to_shape(gradient, expected));
  }
}

void Gradients::refuse(std::size_t input, const Tensor& gradient) const {
  const Edge& edge = edges_[input];
  const core::TensorImpl* leaf = edge.target_leaf();
  const Node::Output* output = leaf ? nullptr : &edge.target_node()->output(edge.output);
  const Shape& shape = leaf ? leaf->shape : output->shape;
  const DType dtype = leaf ? leaf->dtype : output->dtype;
  const std::string start = std::string(node_.name()) + ": vjp must return a gradient of ";
  const std::string end = " for input " + std::to_string(input) + ", got ";
  if (gradient.shape() != shape) throw AutogradError(start + "shape " + shape.str() + end + gradient.shape().str());
  throw AutogradError(start + "type " + xtape::name(dtype) + end + xtape::name(gradient.dtype()));
}

void set_node(std::span<const Tensor> results, const detail::Reference<core::TapeNode>& node) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    core::TensorImpl* tensor = core::impl(results[i]);
    if (!is_floating(tensor->dtype)) continue;
    tensor->node = node;
    tensor->output_index = static_cast<uint32_t>(i);
    tensor->requires_grad = true;
  }
}

Node::Node(const char* name, std::span<const Tensor> outputs) : name_(name), output_(outputs.front()) {
  if (outputs.size() == 1) return;
  auto* rest = rest_.get_or([] { return new Rest; });
  rest->more_outputs = static_cast<uint32_t>(outputs.size() - 1);
  rest->second = Output(outputs[1]);
  for (const Tensor& output : outputs.subspan(2)) rest->others.emplace_back(output);
}

Node::Rest::~Rest() = default;

NodeHooks& Node::hooks() {
  Rest* rest = rest_.get_or([] { return new Rest; });
  return *rest->hooks.get_or([this] { return new NodeHooks(output_count()); });
}

void Node::set_call_path(std::string path) { rest_.get_or([] { return new Rest; })->call_path = std::move(path); }

bool Node::enter(bool close) noexcept {
  const uint32_t change = close ? entered + closed : entered;
  uint32_t state = state_.load(std::memory_order_relaxed);
  if (detail::single_threaded()) {
    if (state & closed) return false;
    state_.store(state + change, std::memory_order_relaxed);
    return true;
  }
  do {
    if (state & closed) return false;
  } while (!state_.compare_exchange_weak(state, state + change, std::memory_order_acquire, std::memory_order_relaxed));
  return true;
}

void Node::leave() noexcept {
  uint32_t before = state_.load(std::memory_order_acquire);
  // Alone in a closed node, where nobody can follow, there is no need of an atomic change.
  if (before == entered + closed || detail::single_threaded()) {
    state_.store(before - entered, std::memory_order_relaxed);
  } else {
    before = state_.fetch_sub(entered, std::memory_order_acq_rel);
  }
  if (before == entered + closed) free_saved();
}

namespace {

struct Tape {
  // Numbers of a thread grow.
  uint64_t last_sequence = 0;
  TapeWatch* watch = nullptr;
};
constinit thread_local Tape tape;

}  // namespace

void Node::enter_tape(std::span<const Edge> edges) {
  Tape& own = tape;
  uint64_t last = own.last_sequence;
  // A graph that comes from another thread may be ahead.
  for (const Edge& edge : edges) {
    if (edge.node) last = std::max(last, edge.target_node()->sequence());
  }
  own.last_sequence = sequence_ = last + 1;
  for (TapeWatch* watch = own.watch; watch; watch = watch->outside()) watch->add(*this);
}

uint64_t last_sequence() { return tape.last_sequence; }

TapeWatch::TapeWatch() : outside_(std::exchange(tape.watch, this)) {}
TapeWatch::~TapeWatch() { tape.watch = outside_; }

void forget_dead_nodes() {
  for (TapeWatch* watch = tape.watch; watch; watch = watch->outside()) watch->forget_dead();
}

}  // namespace xtape::autograd
