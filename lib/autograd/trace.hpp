#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>
#include <xtape/tensor.hpp>

#include "autograd/grad_mode.hpp"
#include "autograd/grad_slot.hpp"
#include "autograd/instruction.hpp"
#include "autograd/lift.hpp"
#include "core/checks.hpp"

namespace xtape::autograd {

// Writes down the operations that this thread calls from the beginning to the end of its life, those that change
// elements in place and those of gradients among them. They are not computed: their results have shapes, types and a
// place on the tape, and elements that nobody has written. So nothing changes but the graph.
//
// Data flow is by storage, not by handle: views and changes in place need nothing more.
class Trace {
 public:
  // @throws AutogradError if this thread is traced already.
  Trace();
  // Leaves have the gradients back that they had.
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void append(OpReference op, std::span<const Tensor> inputs, std::span<const Tensor> outputs);
  // Elements that are not computed: numbers of the program.
  void add_constant(const Tensor& x);
  // A gradient that is about to be replaced.
  void keep(GradSlot& slot);
  // @throws AutogradError if a leaf or a result has another gradient now than before the first backward.
  void check_gradients() const;

  // No other one has it, before or after.
  const uint64_t number;
  std::vector<Instruction> instructions;
  std::vector<Tensor> constants;
  // What others do at the end (xtape/detail/at_end_of_capture.hpp).
  std::vector<std::function<void()>> at_end;

 private:
  struct KeptGradient {
    detail::Reference<GradSlot> slot;
    Tensor before;
  };

  std::vector<KeptGradient> gradients_;
};

// The number of this thread's trace; 0 while nothing is traced.
inline uint64_t trace_number() { return trace ? trace->number : 0; }

// Elements that are not computed: numbers of the program that is captured, if one is, of which the function gets a
// copy.
inline Tensor constant(const Tensor& x) {
  if (!trace) [[likely]]
    return x;
  trace->add_constant(x);
  return x.clone();
}

// No transform sees what runs in this scope: operations on plain tensors, by which one that is seen computes.
class TransformPause {
 public:
  TransformPause() : trace_(trace), transforms_(transforms) {
    trace = nullptr, transforms = 0;
    core::capturing = false;
  }
  ~TransformPause() {
    trace = trace_, transforms = transforms_;
    core::capturing = trace != nullptr;
  }
  TransformPause(const TransformPause&) = delete;
  TransformPause& operator=(const TransformPause&) = delete;

 private:
  Trace* const trace_;
  const int transforms_;
};

// Writes down an operation on tensors without lifts; where it has to be decomposed to be recorded on the tape, its
// parts.
void apply_traced(OpReference op, std::span<const Tensor> inputs, std::span<Tensor> outputs);

}  // namespace xtape::autograd
