#include "program/epilogues.hpp"

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace xtape::program {
namespace {

using Storages = std::unordered_set<const core::Storage*>;

// Where each storage is read by an instruction that runs, if there is one reader only.
std::unordered_map<const core::Storage*, std::optional<std::size_t>> only_readers(const Graph& graph) {
  std::unordered_map<const core::Storage*, std::optional<std::size_t>> readers;
  for (std::size_t i = 0; i < graph.instructions.size(); ++i) {
    if (is_view(graph.instructions[i])) continue;
    for (const Tensor& x : graph.instructions[i].inputs) {
      if (!x.defined()) continue;
      const auto [it, is_new] = readers.emplace(storage_of(x), i);
      if (!is_new) it->second.reset();
    }
  }
  for (const Tensor& x : graph.outputs) readers[storage_of(x)].reset();
  return readers;
}

// Whether an instruction between both changes what the first reads.
bool inputs_change(const Graph& graph, std::size_t first, std::size_t last) {
  Storages read;
  for (const Tensor& x : graph.instructions[first].inputs) {
    if (x.defined()) read.insert(storage_of(x));
  }
  for (std::size_t i = first + 1; i <= last; ++i) {
    for (const Tensor& target : targets(graph.instructions[i])) {
      if (read.contains(storage_of(target))) return true;
    }
  }
  return false;
}

}  // namespace

void fuse_epilogues(Graph& graph) {
  auto readers = only_readers(graph);
  std::vector<bool> dropped(graph.instructions.size());
  for (std::size_t i = 0; i < graph.instructions.size(); ++i) {
    const Instruction& first = graph.instructions[i];
    if (!first.table->followed_by || role_of(graph, first.outputs[0]) != Role::temporary) continue;
    const auto found = readers.find(storage_of(first.outputs[0]));
    if (found == readers.end() || !found->second) continue;
    const std::size_t next = *found->second;
    if (inputs_change(graph, i, next)) continue;
    std::optional<Instruction> fused = first.table->followed_by(first.op.get(), first.inputs, graph.instructions[next]);
    if (!fused) continue;
    graph.instructions[next] = std::move(*fused);
    dropped[i] = true;
    // What it reads is read there now.
    for (const Tensor& x : graph.instructions[next].inputs) {
      if (!x.defined()) continue;
      if (std::optional<std::size_t>& reader = readers[storage_of(x)]; reader == i) reader = next;
    }
  }
  std::size_t position = 0;
  std::erase_if(graph.instructions, [&](const Instruction&) { return dropped[position++]; });
  drop_orphaned_views(graph);
}

}  // namespace xtape::program
