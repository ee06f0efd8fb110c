#include "autograd/leaf_watch.hpp"

#include <algorithm>
#include <limits>

#include "autograd/grad_slot.hpp"
#include "autograd/pointer_map.hpp"

namespace xtape::autograd {

constinit std::atomic<int64_t> leaf_hook_count{0};

namespace {

bool has_hooks(const core::TensorImpl* leaf) {
  GradSlot* slot = find_grad_slot(leaf);
  if (!slot) return false;
  const FlagLock lock(slot->lock);
  return slot->hooks || slot->leaf_hooks;
}

}  // namespace

LeafWatch::LeafWatch(std::span<const Tensor> roots, const Selection* selection) {
  PointerMap<bool> seen;
  PointerMap<uint32_t> index;
  std::vector<const Node*> waiting;
  const auto follow = [&](const Edge& edge, uint64_t user) {
    if (selection && !selection->leads(edge)) return;
    if (const Node* node = edge.target_node()) {
      if (seen.insert(node).second) waiting.push_back(node);
    } else if (core::TensorImpl* leaf = edge.target_leaf(); leaf && has_hooks(leaf)) {
      const auto inserted = index.insert(leaf);
      if (inserted.second) {
        inserted.first = static_cast<uint32_t>(leaves_.size());
        leaves_.push_back({leaf, user});
      } else {
        uint64_t& lowest = leaves_[inserted.first].lowest;
        lowest = std::min(lowest, user);
      }
    }
  };
  for (const Tensor& root : roots) follow(Edge(root), std::numeric_limits<uint64_t>::max());
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    for (const Edge& edge : node->edges()) follow(edge, node->sequence());
  }
  std::stable_sort(leaves_.begin(), leaves_.end(),
                   [](const Watched& a, const Watched& b) { return a.lowest < b.lowest; });
}

core::TensorImpl* LeafWatch::take_final(uint64_t next) {
  if (leaves_.empty() || leaves_.back().lowest <= next) return nullptr;
  core::TensorImpl* leaf = leaves_.back().leaf;
  leaves_.pop_back();
  return leaf;
}

}  // namespace xtape::autograd
