#include "autograd/node.hpp"

#include <algorithm>
#include <vector>

namespace xtape {
namespace core {

// A chain of a million nodes must not be destroyed by a million nested calls: what a dying node drops is
// put on a list, which the outermost call works through.
void release_last(TapeNode* node) noexcept {
  static thread_local std::vector<autograd::Node*>* dying = nullptr;
  if (dying) {
    dying->push_back(static_cast<autograd::Node*>(node));
    return;
  }
  std::vector<autograd::Node*> list;
  dying = &list;
  delete static_cast<autograd::Node*>(node);
  while (!list.empty()) {
    autograd::Node* next = list.back();
    list.pop_back();
    delete next;
  }
  dying = nullptr;
}

}  // namespace core

namespace autograd {

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

uint64_t next_sequence(std::span<const Edge> edges) {
  // Numbers of a thread grow; a graph that comes from another thread may be ahead.
  static thread_local uint64_t counter = 0;
  for (const Edge& edge : edges) {
    if (edge.node) counter = std::max(counter, static_cast<Node*>(edge.node.get())->sequence());
  }
  return ++counter;
}

}  // namespace autograd
}  // namespace xtape
