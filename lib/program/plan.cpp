#include "program/plan.hpp"

#include <algorithm>
#include <utility>

#include "program/chains.hpp"
#include "program/fusion.hpp"
#include "program/memory.hpp"
#include "program/passes.hpp"

namespace xtape::program {

Plan::Plan(Graph graph, const CaptureOptions& options) : graph_(std::move(graph)) {
  if (options.eliminate_common_subexpressions) eliminate_common_subexpressions(graph_);
  if (options.fold_constants) fold_constants(graph_);
  if (options.remove_dead_code) remove_dead_code(graph_);
  if (options.fuse_epilogues) fuse_epilogues(graph_);
  if (options.fuse_elementwise_chains) {
    fuse_arithmetic_pairs(graph_);
    fuse_elementwise_chains(graph_);
  }
  bind_inputs_and_results(graph_);
  arena_ = plan_memory(graph_, options.in_place);

  for (const Instruction& instruction : graph_.instructions) {
    if (is_view(instruction)) continue;
    steps_.push_back({instruction.table->compute, instruction.op.get(), instruction.inputs, instruction.outputs});
  }
  const auto changed = changed_storages(graph_);
  for (const Tensor& x : graph_.inputs) {
    inputs_.push_back({core::impl(x)->storage.get(), changed.contains(storage_of(x))});
  }
  for (const Tensor& x : graph_.outputs) {
    core::Storage* storage = core::impl(x)->storage.get();
    const bool bound = role_of(graph_, x) == Role::result && is_whole(x) &&
                       std::none_of(results_.begin(), results_.end(), [&](auto& y) { return y.storage == storage; });
    results_.push_back({x, bound ? storage : nullptr});
  }
  for (const Instruction& instruction : graph_.instructions) {
    for (const Tensor& target : targets(instruction)) {
      core::Storage* storage = core::impl(target)->storage.get();
      const bool known =
          std::find(changed_variables_.begin(), changed_variables_.end(), storage) != changed_variables_.end();
      if (role_of(graph_, target) == Role::variable && !known) changed_variables_.push_back(storage);
    }
  }
}

void Plan::run(std::span<const Tensor> given, std::span<Tensor> results) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const core::TensorImpl* x = core::impl(given[i]);
    inputs_[i].storage->data = x->storage->data + x->offset * static_cast<int64_t>(size_of(x->dtype));
    if (inputs_[i].changed) x->storage->count_change();
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& [tensor, storage] = results_[i];
    if (!storage) continue;
    results[i] = core::make_like(tensor, "program");
    storage->data = core::impl(results[i])->storage->data;
  }
  for (core::Storage* storage : changed_variables_) storage->count_change();
  for (const Step& step : steps_) step.compute(step.op, step.inputs, step.outputs);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results_[i].storage) results[i] = results_[i].tensor.clone();
  }
}

}  // namespace xtape::program
