#pragma once

#include <memory>
#include <string>
#include <vector>
#include <xtape/tensor.hpp>

#include "autograd/lift.hpp"

namespace xtape::autograd {

// An operation that a captured function calls: what it is, and aliases of what it reads and what it makes, without any
// place on the tape.
struct Instruction {
  const OpTable* table;
  std::shared_ptr<const void> op;
  std::vector<Tensor> inputs;
  // None of an operation that changes its inputs.
  std::vector<Tensor> outputs;
  // The layers in whose calls it was captured; empty if in none.
  std::string call_path = {};

  const char* name() const { return table->name(op.get()); }
  std::string attributes() const { return table->attributes(op.get()); }
};

}  // namespace xtape::autograd
