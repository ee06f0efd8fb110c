#include "autograd/reach.hpp"

#include <algorithm>
#include <vector>

#include "autograd/flag_lock.hpp"
#include "autograd/grad_slot.hpp"
#include "autograd/node.hpp"
#include "autograd/pointer_map.hpp"

namespace xtape::autograd {
namespace {

bool has_ended(core::TensorImpl* leaf) {
  GradSlot* slot = find_grad_slot(leaf);
  if (!slot) return false;
  const FlagLock lock(slot->lock);
  return slot->ended;
}

}  // namespace

bool reach_beyond(std::span<const Tensor> outputs, std::span<const Tensor> variables) {
  if (!std::all_of(variables.begin(), variables.end(), [](const Tensor& x) { return x.is_leaf(); })) return true;
  PointerMap<bool> known;
  for (const Tensor& x : variables) known.insert(Edge(x).target());
  std::vector<const Node*> open;
  // Notes what an edge leads to; false at a leaf that is new.
  const auto follow = [&](const Edge& edge) {
    if (!edge.connected() || !known.insert(edge.target()).second) return true;
    if (edge.node) open.push_back(edge.target_node());
    return edge.node || has_ended(edge.target_leaf());
  };
  for (const Tensor& output : outputs) {
    if (!follow(Edge(output))) return true;
  }
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    for (const Edge& edge : node->edges()) {
      if (!follow(edge)) return true;
    }
  }
  return false;
}

}  // namespace xtape::autograd
