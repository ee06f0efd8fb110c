#include "autograd/leaf_sums.hpp"

#include <xtape/ops/arithmetic.hpp>

#include <algorithm>
#include <functional>
#include <utility>

#include "autograd/flag_lock.hpp"
#include "autograd/trace.hpp"

namespace xtape::autograd {
namespace {

// Makes `sum` the sum of both, in memory of its own: a gradient that was handed out is replaced, never changed.
void add_to(Tensor& sum, const Tensor& before) {
  if (!core::exclusive(sum)) {
    sum = before.defined() ? xtape::add(sum, before) : sum.clone();
  } else if (before.defined()) {
    sum += before;
  }
}

}  // namespace

void LeafSums::add(core::TensorImpl* leaf, Tensor&& gradient) {
  const auto [index, is_new] = index_.insert(leaf);
  if (is_new) {
    if (entries_.empty()) entries_.reserve(8);
    index = static_cast<uint32_t>(entries_.size());
    entries_.push_back({nullptr, leaf, {}});
  }
  entries_[index].sum.add(std::move(gradient));
}

Tensor LeafSums::value(const core::TensorImpl* leaf) const {
  const uint32_t* index = index_.find(leaf);
  return index ? entries_[*index].sum.value() : Tensor();
}

void LeafSums::set(const core::TensorImpl* leaf, Tensor gradient) {
  GradientSum& sum = entries_[*index_.find(leaf)].sum;
  sum = {};
  sum.add(std::move(gradient));
}

void LeafSums::retain(GradSlot* slot, const Tensor& gradient) {
  entries_.push_back({slot, nullptr, {}});
  entries_.back().sum.add(Tensor(gradient));
}

// What can throw comes before the first swap. All locks are held until after the last one, and everybody takes them in
// the order of addresses, so that no two runs wait for each other. What is replaced goes with this object, when no lock
// is held.
void LeafSums::hand_over() {
  if (some_left_) std::erase_if(entries_, [](const Entry& entry) { return !entry.sum.value().defined(); });
  for (Entry& entry : entries_) {
    if (!entry.slot) entry.slot = &grad_slot(entry.leaf);
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return std::less<>()(a.slot, b.slot); });
  std::vector<FlagLock> locks;
  locks.reserve(entries_.size());
  for (Entry& entry : entries_) {
    locks.emplace_back(entry.slot->lock);
    if (trace) trace->keep(*entry.slot);
    add_to(entry.sum.value(), entry.slot->grad);
  }
  for (Entry& entry : entries_) std::swap(entry.slot->grad, entry.sum.value());
}

void LeafSums::hand_over(core::TensorImpl* leaf) {
  some_left_ = true;
  Tensor sum = entries_[*index_.find(leaf)].sum.take();
  GradSlot& slot = grad_slot(leaf);
  const FlagLock lock(slot.lock);
  if (trace) trace->keep(slot);
  add_to(sum, slot.grad);
  std::swap(slot.grad, sum);
}

}  // namespace xtape::autograd
