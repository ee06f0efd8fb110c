#include "program/graph.hpp"

#include <limits>
#include <string>
#include <xtape/error.hpp>
#include <xtape/program.hpp>

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

namespace {

// The graph holds its storages by aliases: who is counted beyond them is outside.
class Holders {
 public:
  explicit Holders(const Graph& graph) {
    for_each_tensor(graph, [&](const Tensor& x) { ++held_[storage_of(x)]; });
  }
  bool outlives(const Tensor& x) const {
    return core::impl(x)->storage->references.load(std::memory_order_acquire) > held_.at(storage_of(x));
  }

 private:
  std::unordered_map<const core::Storage*, uint32_t> held_;
};

}  // namespace

bool spoil_kept_tensors(const Graph& graph) {
  const Holders holders(graph);
  std::unordered_set<const core::Storage*> known;
  bool any = false;
  const auto look = [&](const Tensor& x) {
    if (!known.insert(storage_of(x)).second || !holders.outlives(x)) return;
    any = true;
    if (!is_floating(x.dtype())) return;
    const auto& storage = core::impl(x)->storage;
    const auto elements = static_cast<int64_t>(storage->bytes / size_of(x.dtype()));
    core::make_tensor({elements}, x.dtype(), storage).fill(std::numeric_limits<double>::quiet_NaN());
  };
  for (const Tensor& x : graph.constants) known.insert(storage_of(x));
  for (const Tensor& x : graph.inputs) look(x);
  for (const Instruction& instruction : graph.instructions) {
    for (const Tensor& x : instruction.inputs) {
      if (x.defined()) known.insert(storage_of(x));
    }
    for (const Tensor& y : instruction.outputs) {
      if (y.defined()) look(y);
    }
  }
  return any;
}

void find_roles(Graph& graph) {
  const Holders holders(graph);
  const auto outlives = [&](const Tensor& x) { return holders.outlives(x); };
  const auto text = [](const Instruction& instruction, const char* verb, const Tensor& x) {
    return std::string("capture: '") + instruction.name() + "' " + verb + " a tensor of shape " + x.shape().str();
  };

  auto& roles = graph.roles;
  for (const Tensor& x : graph.inputs) {
    if (outlives(x)) {
      spoil_kept_tensors(graph);
      throw KeptTensorError("capture: somebody keeps an input of shape " + x.shape().str() +
                            " when the function has ended, which only stands for those of each run; keep a copy that "
                            "is made outside, or return it");
    }
    roles[storage_of(x)] = Role::input;
  }
  for (const Tensor& x : graph.constants) roles[storage_of(x)] = Role::constant;
  for (const Instruction& instruction : graph.instructions) {
    for (const Tensor& x : instruction.inputs) {
      if (!x.defined() || roles.contains(storage_of(x))) continue;
      if (!outlives(x)) {
        throw AutogradError(text(instruction, "reads", x) +
                            " that was made inside of the function, but by no operation, or that is gone, since the "
                            "function put another one into its handle; fill it by operations, or make it outside and "
                            "change it in place");
      }
      roles[storage_of(x)] = Role::variable;
    }
    for (const Tensor& y : instruction.outputs) {
      if (!y.defined() || roles.contains(storage_of(y))) continue;
      if (outlives(y)) {
        spoil_kept_tensors(graph);
        throw KeptTensorError(text(instruction, "makes", y) +
                              " that somebody keeps when the function has ended, where no run would reach it; return it "
                              "instead, or, if it is made once only, make it before");
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
