#pragma once

#include <cstddef>
#include <span>
#include <vector>
#include <xtape/program.hpp>

#include "program/graph.hpp"

namespace xtape::program {

// A graph for inputs of certain shapes, optimized, laid into memory and ready to run.
class Plan {
 public:
  // @throws AutogradError if the function did what no program can do.
  Plan(Graph graph, const CaptureOptions& options);

  // One run at a time, without recording and transforms. Inputs are those of the graph, in shape and type.
  void run(std::span<const Tensor> inputs, std::span<Tensor> results);

  const Graph& graph() const { return graph_; }
  // How many operations run.
  std::size_t size() const { return steps_.size(); }
  std::size_t arena_bytes() const { return arena_->bytes; }
  // Whether runs change that input.
  bool changes(std::size_t input) const { return inputs_[input].changed; }

 private:
  // An instruction that is more than a view.
  struct Step {
    void (*compute)(const void*, std::span<const Tensor> inputs, std::span<const Tensor> outputs);
    const void* op;
    std::span<const Tensor> inputs, outputs;
  };
  // Where the elements of a tensor that is given to each run are, and whether the run changes them.
  struct Input {
    core::Storage* storage;
    bool changed;
  };
  // What a run returns: the storage that is bound to it, or null where it is a copy.
  struct Result {
    Tensor tensor;
    core::Storage* storage;
  };

  Graph graph_;
  StorageReference arena_;
  std::vector<Step> steps_;
  std::vector<Input> inputs_;
  std::vector<Result> results_;
  std::vector<core::Storage*> changed_variables_;
};

}  // namespace xtape::program
