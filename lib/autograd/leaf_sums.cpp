#include "autograd/leaf_sums.hpp"

#include <xtape/ops/arithmetic.hpp>

#include <algorithm>
#include <functional>
#include <utility>

#include "autograd/grad_lock.hpp"

namespace xtape::autograd {

void LeafSums::add(core::TensorImpl* leaf, Tensor&& gradient) {
  const auto [index, is_new] = index_.insert(leaf);
  if (is_new) {
    if (entries_.empty()) entries_.reserve(8);
    index = static_cast<uint32_t>(entries_.size());
    entries_.push_back({leaf, {}});
  }
  entries_[index].sum.add(std::move(gradient));
}

Tensor LeafSums::value(const core::TensorImpl* leaf) const {
  const uint32_t* index = index_.find(leaf);
  return index ? entries_[*index].sum.value() : Tensor();
}

// What can throw comes before the first swap. All locks are held until after the last one, and everybody takes them in
// the order of addresses, so that no two runs wait for each other. A gradient that was handed out is replaced, never
// changed. What is replaced goes with this object, when no lock is held.
void LeafSums::hand_over() {
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return std::less<>()(a.leaf, b.leaf); });
  std::vector<GradLock> locks;
  locks.reserve(entries_.size());
  for (Entry& entry : entries_) {
    locks.emplace_back(entry.leaf);
    Tensor& sum = entry.sum.value();
    const Tensor& before = entry.leaf->grad;
    if (!core::exclusive(sum)) {
      sum = before.defined() ? xtape::add(sum, before) : sum.clone();
    } else if (before.defined()) {
      sum += before;
    }
  }
  for (Entry& entry : entries_) std::swap(entry.leaf->grad, entry.sum.value());
}

}  // namespace xtape::autograd
