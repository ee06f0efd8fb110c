#include "program/graph.hpp"

#include <string>
#include <xtape/error.hpp>

namespace xtape::program {

std::span<const Tensor> targets(const Instruction& instruction) {
  const auto count = instruction.table->targets;
  return std::span(instruction.inputs).first(count ? count(instruction.op.get()) : 0);
}

std::unordered_set<const core::Storage*> changed_storages(const Graph& graph) {
  std::unordered_set<const core::Storage*> changed;
  for (const Instruction& instruction : graph.instructions) {
    for (const Tensor& target : targets(instruction)) changed.insert(storage_of(target));
  }
  return changed;
}

// The graph holds its storages by aliases: who is counted beyond them is outside.
void find_roles(Graph& graph) {
  std::unordered_map<const core::Storage*, uint32_t> held;
  for_each_tensor(graph, [&](const Tensor& x) { ++held[storage_of(x)]; });
  const auto outlives = [&](const Tensor& x) {
    return core::impl(x)->storage->references.load(std::memory_order_acquire) > held[storage_of(x)];
  };
  const auto fail = [](const Instruction& instruction, const Tensor& x, const char* verb, const char* why) {
    throw AutogradError(std::string("capture: '") + instruction.name() + "' " + verb + " a tensor of shape " +
                        x.shape().str() + ' ' + why);
  };

  auto& roles = graph.roles;
  for (const Tensor& x : graph.inputs) roles[storage_of(x)] = Role::input;
  for (const Tensor& x : graph.constants) roles[storage_of(x)] = Role::constant;
  for (const Instruction& instruction : graph.instructions) {
    for (const Tensor& x : instruction.inputs) {
      if (!x.defined() || roles.contains(storage_of(x))) continue;
      if (!outlives(x)) {
        fail(instruction, x, "reads",
             "that was made inside of the function, but by no operation; fill it by operations, or make it outside");
      }
      roles[storage_of(x)] = Role::variable;
    }
    for (const Tensor& y : instruction.outputs) {
      if (!y.defined() || roles.contains(storage_of(y))) continue;
      if (outlives(y)) {
        fail(instruction, y, "makes",
             "that somebody keeps when the function has ended, where no run would reach it; return it, or, if it is "
             "made once only, make it before");
      }
      roles[storage_of(y)] = Role::temporary;
    }
  }
  for (const Tensor& x : graph.outputs) roles.emplace(storage_of(x), Role::variable);
}

void drop_orphaned_views(Graph& graph) {
  std::unordered_set<const core::Storage*> made;
  for (const Instruction& instruction : graph.instructions) {
    if (is_view(instruction)) continue;
    for (const Tensor& y : instruction.outputs) {
      if (y.defined()) made.insert(storage_of(y));
    }
  }
  std::erase_if(graph.instructions, [&](const Instruction& instruction) {
    if (!is_view(instruction) || instruction.outputs.empty()) return false;
    const Tensor& y = instruction.outputs[0];
    return role_of(graph, y) == Role::temporary && !made.contains(storage_of(y));
  });
}

void replace_storages(Graph& graph, const Replacements& replacements) {
  for (const auto& [storage, replacement] : replacements) {
    const Role role = graph.roles.at(storage);
    graph.roles.erase(storage);
    graph.roles[replacement.get()] = role;
  }
  for_each_tensor(graph, [&](const Tensor& x) {
    const auto found = replacements.find(storage_of(x));
    if (found != replacements.end()) core::impl(x)->storage = found->second;
  });
}

}  // namespace xtape::program
