#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/models/model_impl.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/program.hpp>

namespace xtape::models {

// Forward pass, gradients and update of a model for one batch after the other. With `jit_compile` the step is captured
// for each shape of batches when that comes first, and replayed; if it cannot be captured it runs as it is, and says
// why.
class TrainStep {
 public:
  struct Result {
    Tensor loss, y_pred;
  };

  // All of them live longer.
  TrainStep(ModelImpl& model, const optimizers::Optimizer& optimizer, bool jit_compile);
  Result operator()(const Tensor& x, const Tensor& y);

 private:
  // What is fixed by being captured: shapes, and which variables are trained.
  struct Captured {
    Shape x, y;
    std::vector<bool> trained;
    Program program;
  };

  // As it is.
  Result run(const Tensor& x, const Tensor& y) const;
  // Null if it cannot be captured.
  const Program* program_for(const Tensor& x, const Tensor& y);

  ModelImpl& model_;
  optimizers::Optimizer optimizer_;
  const std::vector<Tensor> variables_;
  bool capture_;
  // One for full batches, one for the last, of each state of the variables.
  std::vector<Captured> captured_;
};

}  // namespace xtape::models
