#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>
#include <xtape/tensor.hpp>

#include "autograd/trace.hpp"
#include "core/tensor_impl.hpp"

// A captured function as data. Tensors of different instructions belong together by their storage, not as handles:
// views and changes in place need nothing more.
namespace xtape::program {

using autograd::Instruction;
using StorageReference = detail::Reference<core::Storage>;

// What a storage is to a program.
enum class Role {
  input,
  // Numbers that are there before the program runs, and are never written.
  constant,
  // Somebody outside of the program holds it: it is read and written where it is.
  variable,
  // Made and read by the program alone.
  temporary,
  // Made anew in each run, and returned.
  result
};

struct Graph {
  std::vector<Instruction> instructions;
  std::vector<Tensor> inputs, outputs;
  std::vector<Tensor> constants;
  std::unordered_map<const core::Storage*, Role> roles;
};

inline const core::Storage* storage_of(const Tensor& x) { return core::impl(x)->storage.get(); }
inline Role role_of(const Graph& graph, const Tensor& x) { return graph.roles.at(storage_of(x)); }
// Whether x is all of its storage, in order.
inline bool is_whole(const Tensor& x) {
  const core::TensorImpl* tensor = core::impl(x);
  return tensor->contiguous && tensor->offset == 0 &&
         static_cast<std::size_t>(tensor->numel) * size_of(tensor->dtype) == tensor->storage->bytes;
}

// The first of an instruction's inputs that it changes.
std::span<const Tensor> targets(const Instruction& instruction);
// Whether its results are other looks at the elements of inputs: nothing runs.
inline bool is_view(const Instruction& instruction) { return !instruction.table->compute; }
// All that is changed in place.
std::unordered_set<const core::Storage*> changed_storages(const Graph& graph);

// All that it reads or writes.
template <class Function>
void for_each_tensor(const Instruction& instruction, const Function& function) {
  for (const Tensor& x : instruction.inputs) {
    if (x.defined()) function(x);
  }
  for (const Tensor& y : instruction.outputs) {
    if (y.defined()) function(y);
  }
}
template <class Function>
void for_each_tensor(const Graph& graph, const Function& function) {
  for (const Tensor& x : graph.inputs) function(x);
  for (const Tensor& x : graph.constants) function(x);
  for (const Instruction& instruction : graph.instructions) for_each_tensor(instruction, function);
  for (const Tensor& x : graph.outputs) function(x);
}

// Finds the role of each storage of a graph that has just been captured. @throws AutogradError naming the operation
// that reads what nothing has made; KeptTensorError naming the one that has made what outlives the function.
void find_roles(Graph& graph);

// Makes the elements of what a function made or was given, and somebody keeps, NaN: they are no numbers that anybody
// should go on with. Returns whether there is any. Constants are numbers.
bool spoil_kept_tensors(const Graph& graph);

// Drops views of what no instruction makes any more.
void drop_orphaned_views(Graph& graph);

// Puts other memory behind the tensors of some storages, which keep their roles.
using Replacements = std::unordered_map<const core::Storage*, StorageReference>;
void replace_storages(Graph& graph, const Replacements& replacements);

}  // namespace xtape::program
