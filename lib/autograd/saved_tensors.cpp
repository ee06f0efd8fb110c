#include <algorithm>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>
#include <xtape/detail/with_commas.hpp>
#include <xtape/saved_tensors.hpp>

#include "autograd/saved.hpp"
#include "autograd/tape_watch.hpp"

namespace xtape {
namespace autograd {

namespace {

const Node& node_of(const detail::Reference<core::TapeNode>& node) { return static_cast<const Node&>(*node); }

// A look into a node, which others may be running.
class Look {
 public:
  explicit Look(Node* node) : node_(node->enter(false) ? node : nullptr) {}
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;
  ~Look() {
    if (node_) node_->leave();
  }
  // Empty for a node that is closed.
  std::span<const Saved> saved() const { return node_ ? node_->saved() : std::span<const Saved>(); }

 private:
  Node* node_;
};

}  // namespace

// Of scopes in each other, the outermost has the list. It owns the nodes, but what it alone owns, or what has run, leaves
// it again: whenever it is asked, and when it has doubled.
class SavedTensorWatch final : public TapeWatch {
 public:
  SavedTensorWatch() : list_of_(outermost ? *outermost : *this), before_(last_sequence()) { outermost = &list_of_; }
  ~SavedTensorWatch() {
    if (&list_of_ == this) outermost = nullptr;
  }
  void add(Node& node) override;
  void forget_dead() override;
  SavedTensorStatistics statistics();

 private:
  static constinit thread_local SavedTensorWatch* outermost;

  SavedTensorWatch& list_of_;
  // Nodes of this scope have larger numbers.
  const uint64_t before_;
  // In the order of their numbers.
  std::vector<detail::Reference<core::TapeNode>> nodes_;
  std::size_t limit_ = 1024;
};

constinit thread_local SavedTensorWatch* SavedTensorWatch::outermost = nullptr;

void SavedTensorWatch::add(Node& node) {
  if (&list_of_ != this) return;
  nodes_.push_back(detail::Reference<core::TapeNode>::share(&node));
  if (nodes_.size() < limit_) return;
  forget_dead();
  limit_ = std::max(limit_, 2 * nodes_.size());
}

// From the last to the first: each may be all that keeps those before it.
void SavedTensorWatch::forget_dead() {
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i].unique() || node_of(nodes_[i]).is_closed()) nodes_[i] = {};
  }
  std::erase_if(nodes_, [](const auto& node) { return !node; });
}

SavedTensorStatistics SavedTensorWatch::statistics() {
  list_of_.forget_dead();
  std::vector<Node*> nodes;
  for (const auto& node : list_of_.nodes_) {
    if (node_of(node).sequence() > before_) nodes.push_back(static_cast<Node*>(node.get()));
  }
  SavedTensorStatistics result;
  std::set<const core::Storage*> counted;
  const auto bytes_of = [&](const core::TensorImpl* tensor) {
    const core::Storage* storage = tensor->storage.get();
    return counted.insert(storage).second ? static_cast<int64_t>(storage->bytes) : 0;
  };
  // First, so that what shares memory with them is not counted for an operation.
  for (const Node* node : nodes) {
    for (const Edge& edge : node->edges()) {
      if (const core::TensorImpl* leaf = edge.target_leaf()) result.leaf_bytes += bytes_of(leaf);
    }
  }
  std::map<std::string, SavedTensorStatistics::Row> rows;
  for (Node* node : nodes) {
    const Look look(node);
    SavedTensorStatistics::Row row;
    for (const Saved& saved : look.saved()) {
      if (!saved.defined()) continue;
      ++row.tensors;
      row.bytes += bytes_of(core::impl(saved.held()));
    }
    if (row.tensors == 0) continue;
    SavedTensorStatistics::Row& of_op = rows[node->name()];
    ++of_op.operations;
    of_op.tensors += row.tensors;
    of_op.bytes += row.bytes;
    result.bytes += row.bytes;
  }
  for (auto& [op, row] : rows) {
    row.op = op;
    result.rows.push_back(row);
  }
  std::stable_sort(result.rows.begin(), result.rows.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  return result;
}

}  // namespace autograd

namespace {

std::string line(const std::string& op, std::size_t width, const std::string& operations, const std::string& tensors,
                 const std::string& bytes) {
  const auto right = [](const std::string& text, std::size_t to) {
    return std::string(to - std::min(to, text.size()), ' ') + text;
  };
  return op + std::string(width - op.size(), ' ') + "  " + right(operations, 10) + "  " + right(tensors, 7) + "  " +
         right(bytes, 14) + "\n";
}

}  // namespace

std::string SavedTensorStatistics::str() const {
  std::size_t width = 5;
  Row total;
  for (const Row& row : rows) {
    width = std::max(width, row.op.size());
    total.operations += row.operations;
    total.tensors += row.tensors;
  }
  std::string text = line("op", width, "operations", "tensors", "bytes");
  for (const Row& row : rows) {
    text += line(row.op, width, detail::with_commas(row.operations), detail::with_commas(row.tensors), detail::with_commas(row.bytes));
  }
  text += line("total", width, detail::with_commas(total.operations), detail::with_commas(total.tensors), detail::with_commas(bytes));
  return text + "beside leaves of " + detail::with_commas(leaf_bytes) + " bytes\n";
}

std::ostream& operator<<(std::ostream& stream, const SavedTensorStatistics& statistics) {
  return stream << statistics.str();
}

SavedTensorScope::SavedTensorScope() : watch_(std::make_unique<autograd::SavedTensorWatch>()) {}
SavedTensorScope::~SavedTensorScope() = default;
SavedTensorStatistics SavedTensorScope::statistics() const { return watch_->statistics(); }

}  // namespace xtape
