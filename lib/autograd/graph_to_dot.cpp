#include <string>
#include <unordered_map>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/graph_to_dot.hpp>

#include "autograd/lift.hpp"
#include "autograd/node.hpp"
#include "core/checks.hpp"
#include "core/dot_text.hpp"
#include "core/type_text.hpp"

namespace xtape {
namespace {

using autograd::Edge;
using autograd::Node;
using Names = std::vector<std::pair<std::string, Tensor>>;

// Keeps an operation from being freed on another thread while it is looked at.
class Stay {
 public:
  explicit Stay(Node* node) : node_(node->enter(false) ? node : nullptr) {}
  ~Stay() {
    if (node_) node_->leave();
  }
  Stay(const Stay&) = delete;
  Stay& operator=(const Stay&) = delete;
  explicit operator bool() const { return node_; }

 private:
  Node* node_;
};

std::string label_of(Node* node) {
  std::string label = node->name();
  if (const Stay stay(node); stay) {
    const autograd::OpReference op = node->op();
    const std::string attributes = op.op ? op.table->attributes(op.op) : "";
    if (!attributes.empty()) label.append("\n").append(core::wrapped(attributes));
  }
  if (const std::string path = node->call_path(); !path.empty()) label.append("\n").append(path);
  for (uint32_t i = 0; i < node->output_count(); ++i) {
    label.append("\n").append(core::type_text(node->output(i).dtype, node->output(i).shape));
  }
  return label;
}

std::string label_of(const core::TensorImpl* leaf, const Names& names) {
  std::string label = core::type_text(leaf->dtype, leaf->shape);
  for (const auto& [name, tensor] : names) {
    if (core::impl(tensor) == leaf) return name + "\n" + label;
  }
  return label;
}

// Each node once; without recursion, for graphs are as deep as computations are long.
class Drawing {
 public:
  explicit Drawing(const Names& names) : names_(names) {}

  std::string draw(const Tensor& y) && {
    const std::size_t first = number_of(Edge(y));
    while (!waiting_.empty()) {
      const Node* node = waiting_.back();
      waiting_.pop_back();
      for (const Edge& edge : node->edges()) {
        if (!edge.connected()) continue;
        const std::size_t from = number_of(edge);
        dot_.edge(from, numbers_.at(node));
      }
    }
    dot_.edge(first, dot_.node("result", "lightblue"));
    return std::move(dot_).str();
  }

 private:
  std::size_t number_of(const Edge& edge) {
    const auto [it, is_new] = numbers_.try_emplace(edge.target());
    if (!is_new) return it->second;
    if (Node* node = edge.target_node()) {
      waiting_.push_back(node);
      return it->second = dot_.node(label_of(node));
    }
    return it->second = dot_.node(label_of(edge.target_leaf(), names_), "lightyellow");
  }

  const Names& names_;
  core::DotText dot_{"graph_of_tensor"};
  std::unordered_map<const void*, std::size_t> numbers_;
  std::vector<const Node*> waiting_;
};

}  // namespace

std::string graph_to_dot(const Tensor& y, const Names& names) {
  core::check_defined("graph_to_dot", y);
  if (!y.requires_grad()) {
    throw AutogradError("graph_to_dot: the tensor of shape " + y.shape().str() +
                        " requires no gradient: it has no graph");
  }
  return Drawing(names).draw(y);
}

}  // namespace xtape
