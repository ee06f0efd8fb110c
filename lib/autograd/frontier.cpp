#include "autograd/frontier.hpp"

#include <algorithm>
#include <utility>

namespace xtape::autograd {

void Frontier::add(Node* node, uint32_t output, Tensor&& gradient) {
  const auto [index, is_new] = index_.insert(node);
  Pending& pending = is_new ? enqueue(node, index) : pending_[index];
  (output == 0 ? pending.first : pending.others[output - 1]).add(std::move(gradient));
}

Frontier::Pending& Frontier::enqueue(Node* node, uint32_t& index) {
  if (free_ == none) {
    if (pending_.empty()) {
      pending_.reserve(8);
      queue_.reserve(8);
    }
    index = static_cast<uint32_t>(pending_.size());
    pending_.push_back({node, {}, {}, none});
  } else {
    index = free_;
    free_ = pending_[index].next_free;
    pending_[index].node = node;
  }
  queue_.push_back({node->sequence(), index});
  if (queue_.size() > 1) std::push_heap(queue_.begin(), queue_.end());
  Pending& pending = pending_[index];
  if (const uint32_t others = node->output_count() - 1; pending.others.size() != others) pending.others.resize(others);
  return pending;
}

void Frontier::take(std::span<Tensor> gradients) {
  const uint32_t index = queue_.front().index;
  if (queue_.size() > 1) std::pop_heap(queue_.begin(), queue_.end());
  queue_.pop_back();
  Pending& pending = pending_[index];
  index_.erase(pending.node);
  gradients[0] = pending.first.take();
  for (std::size_t i = 0; i < pending.others.size(); ++i) gradients[i + 1] = pending.others[i].take();
  pending.next_free = free_;
  free_ = index;
}

}  // namespace xtape::autograd
