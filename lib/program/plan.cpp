#include "program/plan.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <xtape/error.hpp>

#include "autograd/in_place.hpp"
#include "program/chains.hpp"
#include "program/fusion.hpp"
#include "program/layout.hpp"
#include "program/memory.hpp"
#include "program/passes.hpp"

namespace xtape::program {
namespace {

// Bytes in memory, from the first to behind the last.
struct Range {
  std::uintptr_t begin, end;
};
Range range_of(const core::Storage& storage) {
  const auto begin = reinterpret_cast<std::uintptr_t>(storage.data);
  return {begin, begin + storage.bytes};
}
Range range_of(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  int64_t first = tensor->offset, last = tensor->offset;
  for (std::size_t axis = 0; axis < tensor->shape.size(); ++axis) {
    const int64_t reach = tensor->strides[axis] * (tensor->shape[axis] - 1);
    (reach < 0 ? first : last) += reach;
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(tensor->storage->data);
  const std::size_t size = size_of(tensor->dtype);
  if (tensor->numel == 0) return {begin, begin};
  return {begin + static_cast<std::size_t>(first) * size, begin + static_cast<std::size_t>(last + 1) * size};
}
bool overlap(const Range& a, const Range& b) { return a.begin < b.end && b.begin < a.end; }

}  // namespace

Plan::Plan(Graph graph, const CaptureOptions& options) : graph_(std::move(graph)) {
  if (options.eliminate_common_subexpressions) eliminate_common_subexpressions(graph_);
  if (options.fold_constants) fold_constants(graph_);
  if (options.remove_dead_code) remove_dead_code(graph_);
  if (options.fuse_epilogues) fuse_epilogues(graph_);
  if (options.fuse_gradients) fuse_gradients(graph_);
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
  changes_any_ = !changed.empty();
  for (const Tensor& x : graph_.inputs) {
    inputs_.push_back({core::impl(x)->storage.get(), changed.contains(storage_of(x))});
  }
  for (const Tensor& x : graph_.outputs) {
    core::Storage* storage = core::impl(x)->storage.get();
    const bool bound = role_of(graph_, x) == Role::result && is_whole(x) &&
                       std::none_of(results_.begin(), results_.end(), [&](auto& y) { return y.storage == storage; });
    results_.push_back({x, bound ? storage : nullptr});
  }
  std::unordered_set<const core::Storage*> known;
  for_each_tensor(graph_, [&](const Tensor& x) {
    core::Storage* storage = core::impl(x)->storage.get();
    if (role_of(graph_, x) != Role::variable || !known.insert(storage).second) return;
    variables_.push_back({storage, changed.contains(storage)});
  });
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!variables_[i].changed && !variables_[j].changed) continue;
      if (overlap(range_of(*variables_[i].storage), range_of(*variables_[j].storage))) {
        throw ValueError(
            "capture: the function changes elements that two tensors which it closed over share, without "
            "being views of one another; use one of them, or clone the other");
      }
    }
  }
}

void Plan::check(std::span<const Tensor> given) const {
  if (!changes_any_) return;
  const auto input = [](std::size_t i) { return "program: input " + std::to_string(i); };
  constexpr const char* cure = " elements, of which the function changes some; give a clone() of one";
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (inputs_[i].changed) {
      const core::TensorImpl& stand_in = *core::impl(graph_.inputs[i]);
      if (!lies_as(given[i], graph_.inputs[i])) {
        const std::string captured = stand_in.contiguous
                                         ? "contiguous; give a contiguous copy of it"
                                         : "as the example was, with strides " + stand_in.strides.str() + ", given " +
                                               core::impl(given[i])->strides.str();
        throw ValueError(input(i) + " of shape " + given[i].shape().str() + " is changed by each run and has to be " +
                         captured);
      }
      autograd::check_in_place("program", given[i]);
      core::check_writable("program", given[i]);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (!inputs_[i].changed && !inputs_[j].changed) continue;
      if (overlap(range_of(given[i]), range_of(given[j]))) {
        throw ValueError(input(i) + " and input " + std::to_string(j) + " share" + cure);
      }
    }
    const Range range = range_of(given[i]);
    for (const Given& variable : variables_) {
      if (!inputs_[i].changed && !variable.changed) continue;
      if (overlap(range, range_of(*variable.storage))) {
        throw ValueError(input(i) + " and a tensor that the function closed over share" + cure);
      }
    }
  }
}

void Plan::run(std::span<const Tensor> given, std::span<Tensor> results) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    const core::TensorImpl* x = core::impl(given[i]);
    const int64_t first = x->offset - core::impl(graph_.inputs[i])->offset;
    inputs_[i].storage->data = x->storage->data + first * static_cast<int64_t>(size_of(x->dtype));
    if (inputs_[i].changed) x->storage->count_change();
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& [tensor, storage] = results_[i];
    if (!storage) continue;
    results[i] = core::make_like(tensor, "program");
    storage->data = core::impl(results[i])->storage->data;
  }
  for (const Given& variable : variables_) {
    if (variable.changed) variable.storage->count_change();
  }
  for (const Step& step : steps_) step.compute(step.op, step.inputs, step.outputs);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results_[i].storage) results[i] = results_[i].tensor.clone();
  }
}

}  // namespace xtape::program
