#include "program/passes.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <xtape/error.hpp>

namespace xtape::program {
namespace {

using Storages = std::unordered_set<const core::Storage*>;

template <class Predicate>
bool all_defined(std::span<const Tensor> tensors, const Predicate& predicate) {
  return std::all_of(tensors.begin(), tensors.end(), [&](const Tensor& x) { return !x.defined() || predicate(x); });
}

// What an operation reads and makes, its name and its attributes as text. Two instructions of one text compute the same.
std::string key_of(const Instruction& instruction) {
  std::string key = std::to_string(reinterpret_cast<std::uintptr_t>(instruction.table));
  key.append(" ").append(instruction.name()).append(" ").append(instruction.attributes());
  for (const Tensor& x : instruction.inputs) {
    if (!x.defined()) {
      key += " -";
      continue;
    }
    const core::TensorImpl* tensor = core::impl(x);
    key.append(" ").append(std::to_string(reinterpret_cast<std::uintptr_t>(tensor->storage.get())));
    key.append("+").append(std::to_string(tensor->offset)).append(name(tensor->dtype));
    key.append(tensor->shape.str()).append(tensor->strides.str());
  }
  for (const Tensor& y : instruction.outputs) {
    if (y.defined()) key.append(" ").append(name(y.dtype())).append(y.shape().str());
  }
  return key;
}

// Whether somebody sees that it runs, also if nobody reads what it computes: it draws random numbers, or is a function of
// the user's, called for what it does.
bool has_effects(const Instruction& instruction) {
  return instruction.table->random || (instruction.table->opaque && instruction.table->targets);
}

// Whether all results of the first are there in the second: one may have been made without what is for derivatives.
bool has_results_of(const Instruction& known, const Instruction& other) {
  for (std::size_t i = 0; i < other.outputs.size(); ++i) {
    if (other.outputs[i].defined() && !known.outputs[i].defined()) return false;
  }
  return true;
}

// Elements that stand for others, from a place on.
class Substitutes {
 public:
  void add(const Tensor& y, const Tensor& instead) {
    places_[storage_of(y)] = {core::impl(instead)->storage, core::impl(instead)->offset};
  }
  void operator()(const Tensor& x) const {
    const auto found = places_.find(storage_of(x));
    if (found == places_.end()) return;
    core::impl(x)->storage = found->second.storage;
    core::impl(x)->offset += found->second.offset;
  }

 private:
  struct Place {
    StorageReference storage;
    int64_t offset;
  };
  std::unordered_map<const core::Storage*, Place> places_;
};

}  // namespace

void remove_dead_code(Graph& graph) {
  Storages read;
  const auto unread = [&](const Tensor& x) {
    return role_of(graph, x) == Role::temporary && !read.contains(storage_of(x));
  };
  for (const Tensor& x : graph.outputs) read.insert(storage_of(x));
  std::vector<Instruction> kept;
  const auto unseen = [&](const Tensor& y) { return !read.contains(storage_of(y)); };
  for (auto it = graph.instructions.rbegin(); it != graph.instructions.rend(); ++it) {
    const bool dead = is_view(*it) ? all_defined(it->outputs, unseen)
                                   : !has_effects(*it) && all_defined(it->outputs, unread) &&
                                         all_defined(targets(*it), unread);
    if (dead) continue;
    for (const Tensor& x : it->inputs) {
      if (x.defined()) read.insert(storage_of(x));
    }
    kept.push_back(std::move(*it));
  }
  std::reverse(kept.begin(), kept.end());
  graph.instructions = std::move(kept);
}

void fold_constants(Graph& graph) {
  const Storages changed = changed_storages(graph);
  const auto is_constant = [&](const Tensor& x) { return role_of(graph, x) == Role::constant; };
  const auto is_own = [&](const Tensor& y) {
    return role_of(graph, y) == Role::temporary && !changed.contains(storage_of(y));
  };
  std::erase_if(graph.instructions, [&](const Instruction& instruction) {
    if (instruction.table->random || instruction.outputs.empty() || is_view(instruction)) return false;
    if (!all_defined(instruction.outputs, is_own) || !all_defined(instruction.inputs, is_constant)) return false;
    const autograd::TransformPause pause;
    const autograd::RecordingScope values_alone(false);
    try {
      instruction.table->compute(instruction.op.get(), instruction.inputs, instruction.outputs);
    } catch (const Error&) {
      // Bad numbers are an error of each run, at their place.
      return false;
    }
    for (const Tensor& y : instruction.outputs) {
      if (!y.defined()) continue;
      graph.roles[storage_of(y)] = Role::constant;
      graph.constants.push_back(y);
    }
    return true;
  });
}

void eliminate_common_subexpressions(Graph& graph) {
  const Storages changed = changed_storages(graph);
  const auto unchanged = [&](const Tensor& x) { return !changed.contains(storage_of(x)); };
  const auto is_own = [&](const Tensor& y) { return unchanged(y) && role_of(graph, y) == Role::temporary; };
  std::unordered_map<std::string, const Instruction*> first;
  Substitutes substitute;
  std::vector<bool> dropped(graph.instructions.size());
  for (std::size_t i = 0; i < graph.instructions.size(); ++i) {
    const Instruction& instruction = graph.instructions[i];
    for_each_tensor(instruction, substitute);
    if (instruction.table->random || instruction.table->opaque || instruction.table->targets) continue;
    if (is_view(instruction)) continue;
    if (!all_defined(instruction.inputs, unchanged) || !all_defined(instruction.outputs, is_own)) continue;
    if (instruction.table->identity && core::impl(instruction.inputs[0])->contiguous) {
      substitute.add(instruction.outputs[0], instruction.inputs[0]);
      dropped[i] = true;
      continue;
    }
    const auto [it, is_new] = first.emplace(key_of(instruction), &instruction);
    if (is_new || !has_results_of(*it->second, instruction)) continue;
    for (std::size_t j = 0; j < instruction.outputs.size(); ++j) {
      if (instruction.outputs[j].defined()) substitute.add(instruction.outputs[j], it->second->outputs[j]);
    }
    dropped[i] = true;
  }
  for (const Tensor& x : graph.outputs) substitute(x);
  std::size_t next = 0;
  std::erase_if(graph.instructions, [&](const Instruction&) { return dropped[next++]; });
}

}  // namespace xtape::program
