#include "autograd/selection.hpp"

#include <algorithm>
#include <vector>

namespace xtape::autograd {

void Selection::want(const Edge& edge) {
  inputs_.try_emplace(place_of(edge));
  marks_.insert(edge.target()).first |= useful | input;
  lowest_ = std::min(lowest_, edge.node ? edge.target_node()->sequence() : 0);
}

void Selection::explore(const Edge& start) {
  // Depth first without recursion: a node is decided once all that it depends on is.
  std::vector<std::pair<Node*, std::size_t>> path;
  if (Node* root = follow(start)) path.emplace_back(root, 0);
  while (!path.empty()) {
    auto& [node, next] = path.back();
    const std::span<const Edge> edges = node->edges();
    if (next < edges.size()) {
      if (Node* behind = follow(edges[next++])) path.emplace_back(behind, 0);
      continue;
    }
    if (std::any_of(edges.begin(), edges.end(), [this](const Edge& edge) { return leads(edge); })) {
      marks_.insert(node).first |= useful;
    }
    path.pop_back();
  }
}

Node* Selection::follow(const Edge& edge) {
  if (has_mark(edge.target(), input)) {
    const auto found = inputs_.find(place_of(edge));
    if (found != inputs_.end()) found->second.reached = true;
    if (boundary_) return nullptr;
  }
  Node* node = edge.target_node();
  if (!node || node->sequence() < lowest_) return nullptr;
  uint8_t& marks = marks_.insert(node).first;
  if (marks & visited) return nullptr;
  marks |= visited;
  return node;
}

void Selection::keep(const Node* node, uint32_t output, const Tensor& gradient) {
  const auto found = inputs_.find({node, output});
  if (found != inputs_.end()) found->second.gradient = gradient;
}

}  // namespace xtape::autograd
