#include "program/fusion.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ops/elementwise/arithmetic_pair.hpp"
#include "ops/optimizers/outer_product.hpp"

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

// Whether x is the result y as it was made, not another look at its elements.
bool is_same(const Tensor& x, const Tensor& y) {
  const core::TensorImpl *read = core::impl(x), *made = core::impl(y);
  return read->offset == made->offset && read->shape == made->shape && read->strides == made->strides;
}

// Puts what `fuse(first, next, position)` gives for both in the place of `next`, which reads the result of `first`, as it
// was made, at that position.
template <class Fuse>
void fuse_each(Graph& graph, const Fuse& fuse) {
  auto readers = only_readers(graph);
  std::vector<bool> dropped(graph.instructions.size());
  for (std::size_t i = 0; i < graph.instructions.size(); ++i) {
    const Instruction& first = graph.instructions[i];
    if (first.outputs.empty() || !first.outputs[0].defined()) continue;
    const core::Storage* made = storage_of(first.outputs[0]);
    if (is_view(first) || role_of(graph, first.outputs[0]) != Role::temporary) continue;
    const auto found = readers.find(made);
    if (found == readers.end() || !found->second) continue;
    const std::size_t last = *found->second;
    if (inputs_change(graph, i, last)) continue;
    const std::vector<Tensor>& read = graph.instructions[last].inputs;
    const auto place = std::find_if(read.begin(), read.end(),
                                    [&](const Tensor& x) { return x.defined() && storage_of(x) == made; });
    if (place == read.end() || !is_same(*place, first.outputs[0])) continue;
    std::optional<Instruction> fused =
        fuse(first, graph.instructions[last], static_cast<std::size_t>(place - read.begin()));
    if (!fused) continue;
    graph.instructions[last] = std::move(*fused);
    dropped[i] = true;
    // What it reads is read there now.
    for (const Tensor& x : graph.instructions[last].inputs) {
      if (!x.defined()) continue;
      if (std::optional<std::size_t>& reader = readers[storage_of(x)]; reader == i) reader = last;
    }
  }
  std::size_t position = 0;
  std::erase_if(graph.instructions, [&](const Instruction&) { return dropped[position++]; });
  drop_orphaned_views(graph);
}

}  // namespace

void fuse_epilogues(Graph& graph) {
  fuse_each(graph, [](const Instruction& first, const Instruction& next, std::size_t) -> std::optional<Instruction> {
    if (!first.table->followed_by) return {};
    return first.table->followed_by(first.op.get(), first.inputs, next);
  });
}

void fuse_gradients(Graph& graph) { fuse_each(graph, ops::update_by_outer_product); }

void fuse_arithmetic_pairs(Graph& graph) { fuse_each(graph, ops::arithmetic_pair); }

}  // namespace xtape::program
