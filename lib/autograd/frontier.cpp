#include "autograd/frontier.hpp"

#include <algorithm>
#include <utility>

namespace xtape::autograd {

Frontier::Pending& Frontier::pending_for(Node* node) {
  const auto [index, is_new] = index_.insert(node);
  if (!is_new) return pending_[index];
  if (free_.empty()) {
    index = static_cast<uint32_t>(pending_.size());
    pending_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  queue_.push_back({node->sequence(), index});
  std::push_heap(queue_.begin(), queue_.end());
  Pending& pending = pending_[index];
  pending.node = node;
  pending.others.resize(node->output_count() - 1);
  return pending;
}

void Frontier::add(Node* node, uint32_t output, Tensor gradient) {
  Pending& pending = pending_for(node);
  (output == 0 ? pending.first : pending.others[output - 1]).add(std::move(gradient));
}

const Tensor& Frontier::gradient(uint32_t output) const {
  const Pending& pending = pending_[queue_.front().index];
  return (output == 0 ? pending.first : pending.others[output - 1]).value();
}

void Frontier::take(std::span<Tensor> gradients) {
  const uint32_t index = queue_.front().index;
  std::pop_heap(queue_.begin(), queue_.end());
  queue_.pop_back();
  Pending& pending = pending_[index];
  index_.erase(pending.node);
  gradients[0] = pending.first.take();
  for (std::size_t i = 0; i < pending.others.size(); ++i) gradients[i + 1] = pending.others[i].take();
  free_.push_back(index);
}

}  // namespace xtape::autograd
