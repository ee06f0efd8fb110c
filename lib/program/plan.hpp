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

  // Before a run. @throws ValueError for an input that is changed and does not lie as at capture, and for inputs or
  // variables that share elements of which a run changes some: the graph does not know that they do; AutogradError for
  // an input that is changed and must not be.
  void check(std::span<const Tensor> inputs) const;
  // One run at a time, without recording and transforms. Inputs are those of the graph, in shape, type and layout.
  void run(std::span<const Tensor> inputs, std::span<Tensor> results);

  const Graph& graph() const { return graph_; }
  // How many operations run.
  std::size_t size() const { return steps_.size(); }
  std::size_t arena_bytes() const { return arena_->bytes; }

 private:
  // An instruction that is more than a view.
  struct Step {
    void (*compute)(const void*, std::span<const Tensor> inputs, std::span<const Tensor> outputs);
    const void* op;
    std::span<const Tensor> inputs, outputs;
  };
  // The elements of a tensor that is there before a run, and whether the run changes them.
  struct Given {
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
  std::vector<Given> inputs_, variables_;
  // Whether runs change anything, temporaries included: else there is nothing to check of what is given.
  bool changes_any_ = false;
  std::vector<Result> results_;
};

}  // namespace xtape::program
