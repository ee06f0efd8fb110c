#include "program/chains.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/parallel.hpp"

namespace xtape::program {
namespace {

// Elements. Three blocks of 4 bytes each fit into a first-level cache of 32 KB; calls of kernels cost little beside them.
constexpr int64_t block = 2048;
constexpr int64_t blocks_per_thread = 16;
constexpr std::size_t slot_bytes = block * sizeof(double);

// What an operation of a chain reads or makes, cut into blocks: an input or a result of the whole instruction, where
// one of one element stands for all; or what only the chain sees, in a slot of a block's size.
struct Value {
  enum class Place { input, output, slot };
  Place place;
  std::size_t index;
  DType dtype;
};
constexpr std::size_t undefined = static_cast<std::size_t>(-1);

// An operation, on values.
struct Part {
  const autograd::OpTable* table;
  std::shared_ptr<const void> op;
  std::vector<std::size_t> inputs;
  std::size_t output;
};

struct Chain {
  int64_t size;
  std::vector<Value> values = {};
  std::vector<Part> parts = {};
  std::size_t slots = 0;

  void compute(std::span<const Tensor> inputs, std::span<const Tensor> outputs) const;
  std::string text() const;

  // The tensors of a thread, which move from block to block.
  class Hands;
  mutable std::mutex mutex = {};
  mutable std::vector<std::unique_ptr<Hands>> idle = {};
};

class Chain::Hands {
 public:
  Hands(const Chain& chain, std::span<const Tensor> inputs, std::span<const Tensor> outputs)
      : slots_(core::make_storage(chain.slots * slot_bytes)) {
    std::vector<Tensor> tensors;
    for (const Value& value : chain.values) tensors.push_back(tensor_of(value, inputs, outputs));
    for (const Part& part : chain.parts) {
      calls_.push_back({part.table->compute, part.op.get(), {}, {tensors[part.output]}});
      for (const std::size_t value : part.inputs) {
        calls_.back().inputs.push_back(value == undefined ? Tensor() : tensors[value]);
      }
    }
  }

  void run(int64_t begin, int64_t count) {
    for (const Cut& cut : cuts_) {
      cut.tensor->offset = cut.offset + (cut.moves ? begin : 0);
      cut.tensor->numel = cut.tensor->shape[0] = count;
    }
    for (const Call& call : calls_) call.compute(call.op, call.inputs, call.outputs);
  }

 private:
  struct Call {
    void (*compute)(const void*, std::span<const Tensor>, std::span<const Tensor>);
    const void* op;
    std::vector<Tensor> inputs, outputs;
  };
  // A tensor of one block, and where it is in the first one.
  struct Cut {
    core::TensorImpl* tensor;
    int64_t offset;
    bool moves;
  };

  Tensor tensor_of(const Value& value, std::span<const Tensor> inputs, std::span<const Tensor> outputs) {
    const bool in_slot = value.place == Value::Place::slot;
    const Tensor& whole = in_slot ? Tensor() : (value.place == Value::Place::input ? inputs : outputs)[value.index];
    if (!in_slot && core::impl(whole)->numel == 1) {
      return core::make_view(whole, {}, {}, core::impl(whole)->offset);
    }
    Tensor result = core::make_tensor({block}, value.dtype, in_slot ? slots_ : core::impl(whole)->storage);
    core::TensorImpl* tensor = core::impl(result);
    tensor->offset =
        in_slot ? static_cast<int64_t>(value.index * slot_bytes / size_of(value.dtype)) : core::impl(whole)->offset;
    cuts_.push_back({tensor, tensor->offset, !in_slot});
    return result;
  }

  StorageReference slots_;
  std::vector<Cut> cuts_;
  std::vector<Call> calls_;
};

void Chain::compute(std::span<const Tensor> inputs, std::span<const Tensor> outputs) const {
  const auto take = [&] {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return std::make_unique<Hands>(*this, inputs, outputs);
    std::unique_ptr<Hands> hands = std::move(idle.back());
    idle.pop_back();
    return hands;
  };
  const int64_t blocks = (size + block - 1) / block;
  core::parallel_for(blocks, blocks_per_thread, [&](int64_t first, int64_t last) {
    std::unique_ptr<Hands> hands = take();
    for (int64_t i = first; i < last; ++i) hands->run(i * block, std::min(block, size - i * block));
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(hands));
  });
}

std::string Chain::text() const {
  std::string text;
  for (const Part& part : parts) {
    const std::string attributes = part.table->attributes(part.op.get());
    text.append(text.empty() ? "" : ", ").append(part.table->name(part.op.get()));
    if (!attributes.empty()) text.append("(").append(attributes).append(")");
  }
  return text;
}

const Chain& chain_of(const void* op) { return *static_cast<const Chain*>(op); }

constexpr autograd::OpTable table_of(bool over_inputs) {
  return {.name = [](const void*) { return "chain"; },
          .attributes = [](const void* op) { return chain_of(op).text(); },
          .apply = nullptr,
          .compute = [](const void* op, std::span<const Tensor> inputs,
                        std::span<const Tensor> outputs) { chain_of(op).compute(inputs, outputs); },
          .elementwise = over_inputs};
}
constexpr autograd::OpTable chain_table = table_of(false);
// Its one result is made by the last operation: all of a block has been read by then.
constexpr autograd::OpTable single_result_table = table_of(true);

int64_t numel_of(const Instruction& instruction) { return core::impl(instruction.outputs[0])->numel; }

// Whether it can run on blocks: on tensors of one size, element by element.
bool is_blockwise(const Instruction& instruction) {
  if (!instruction.table->elementwise || instruction.outputs.size() != 1) return false;
  const core::TensorImpl* y = core::impl(instruction.outputs[0]);
  return y->contiguous && y->offset == 0 && y->numel > block &&
         std::all_of(instruction.inputs.begin(), instruction.inputs.end(), [&](const Tensor& x) {
           const core::TensorImpl* tensor = core::impl(x);
           return !tensor || tensor->numel == 1 || (tensor->contiguous && tensor->numel == y->numel);
         });
}

using Counts = std::unordered_map<const core::Storage*, std::size_t>;

// Instructions that follow each other, as one.
class Fusion {
 public:
  // `readers`: how often each storage is read in the whole graph.
  Fusion(const std::vector<Instruction>& run, const Counts& readers)
      : readers_(readers), chain_(std::make_shared<Chain>()) {
    chain_->size = numel_of(run[0]);
    for (std::size_t i = 0; i < run.size(); ++i) {
      for (const Tensor& x : run[i].inputs) {
        if (!x.defined()) continue;
        last_reader_[storage_of(x)] = i;
        ++inner_readers_[storage_of(x)];
      }
    }
    for (std::size_t i = 0; i < run.size(); ++i) add(run[i], i);
  }

  Instruction instruction() && {
    const bool single =
        outputs_.size() == 1 && chain_->values[chain_->parts.back().output].place == Value::Place::output;
    return {single ? &single_result_table : &chain_table, std::move(chain_), std::move(inputs_), std::move(outputs_)};
  }

 private:
  void add(const Instruction& instruction, std::size_t position) {
    Part part{instruction.table, instruction.op, {}, 0};
    for (const Tensor& x : instruction.inputs) part.inputs.push_back(value_of(x));
    // A result may lie over an operand that is read for the last time, if its elements are as large.
    const std::size_t size = size_of(instruction.outputs[0].dtype());
    std::vector<std::size_t> other_sizes;
    for (const Tensor& x : instruction.inputs) {
      if (!x.defined() || last_reader_[storage_of(x)] != position) continue;
      const auto found = made_.find(storage_of(x));
      if (found == made_.end()) continue;
      const Value& value = chain_->values[found->second];
      if (value.place == Value::Place::slot)
        (size_of(value.dtype) == size ? free_slots_ : other_sizes).push_back(value.index);
      made_.erase(found);
    }
    part.output = new_value(instruction.outputs[0]);
    free_slots_.insert(free_slots_.end(), other_sizes.begin(), other_sizes.end());
    chain_->parts.push_back(std::move(part));
  }

  std::size_t value_of(const Tensor& x) {
    if (!x.defined()) return undefined;
    if (const auto found = made_.find(storage_of(x)); found != made_.end()) return found->second;
    inputs_.push_back(x);
    return add_value({Value::Place::input, inputs_.size() - 1, x.dtype()});
  }
  std::size_t new_value(const Tensor& y) {
    if (readers_.at(storage_of(y)) > inner_readers_[storage_of(y)]) {
      outputs_.push_back(y);
      return made_[storage_of(y)] = add_value({Value::Place::output, outputs_.size() - 1, y.dtype()});
    }
    if (free_slots_.empty()) free_slots_.push_back(chain_->slots++);
    const std::size_t slot = free_slots_.back();
    free_slots_.pop_back();
    return made_[storage_of(y)] = add_value({Value::Place::slot, slot, y.dtype()});
  }
  std::size_t add_value(const Value& value) {
    chain_->values.push_back(value);
    return chain_->values.size() - 1;
  }

  const Counts& readers_;
  Counts inner_readers_, last_reader_;
  std::shared_ptr<Chain> chain_;
  std::vector<Tensor> inputs_, outputs_;
  // Values of what has been made so far and is still read, by storage.
  Counts made_;
  std::vector<std::size_t> free_slots_;
};

}  // namespace

void fuse_elementwise_chains(Graph& graph) {
  Counts readers;
  for (const Instruction& instruction : graph.instructions) {
    if (is_view(instruction)) continue;
    for (const Tensor& x : instruction.inputs) {
      if (x.defined()) ++readers[storage_of(x)];
    }
    for (const Tensor& y : instruction.outputs) {
      if (y.defined()) readers.try_emplace(storage_of(y));
    }
  }
  for (const Tensor& x : graph.outputs) ++readers[storage_of(x)];

  std::vector<Instruction> instructions, run, views;
  std::unordered_set<const core::Storage*> made;
  const auto made_in_run = [&](const Tensor& x) { return made.contains(storage_of(x)); };
  const auto fits = [&](const Instruction& instruction) {
    // Of what the run makes, whole tensors alone: a view of some elements would be of another block.
    const auto fits_input = [&](const Tensor& x) {
      return !x.defined() || core::impl(x)->numel == numel_of(run[0]) || !made_in_run(x);
    };
    return run.empty() || (numel_of(instruction) == numel_of(run[0]) &&
                           std::all_of(instruction.inputs.begin(), instruction.inputs.end(), fits_input));
  };
  const auto finish = [&] {
    if (run.size() > 1) {
      instructions.push_back(Fusion(run, readers).instruction());
    } else {
      std::move(run.begin(), run.end(), std::back_inserter(instructions));
    }
    // They run nothing, and are read behind the run if by others than its parts.
    std::move(views.begin(), views.end(), std::back_inserter(instructions));
    run.clear(), views.clear(), made.clear();
  };
  for (Instruction& instruction : graph.instructions) {
    if (is_view(instruction)) {
      (made_in_run(instruction.outputs[0]) ? views : instructions).push_back(std::move(instruction));
      continue;
    }
    const bool blockwise = is_blockwise(instruction);
    if (!blockwise || !fits(instruction)) finish();
    if (blockwise) made.insert(storage_of(instruction.outputs[0]));
    (blockwise ? run : instructions).push_back(std::move(instruction));
  }
  finish();
  graph.instructions = std::move(instructions);
  drop_orphaned_views(graph);
}

}  // namespace xtape::program
