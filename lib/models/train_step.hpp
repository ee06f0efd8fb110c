#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>
#include <xtape/detail/logits.hpp>
#include <xtape/models/model_impl.hpp>
#include <xtape/optimizers/optimizer.hpp>
#include <xtape/program.hpp>

#include "models/batch_form.hpp"
#include "models/training.hpp"

namespace xtape::models {

// What an optimizer is told of the variables that it trains.
struct TrainedVariables {
  std::vector<std::string> paths;
  // None if all of them are free.
  std::vector<constraints::Constraint> constraints;
};

// Those of the model, on which their constraints are tried. @throws ValueError for an optimizer that was built for
// another number of variables, and what a constraint throws, before anything is trained.
TrainedVariables trained_variables(ModelImpl& model, const optimizers::Optimizer& optimizer);

// Has the trainable weights fulfil their constraints after a step of the model's own, but for those that are as an
// optimizer left them: some constraints change what fulfils them by a rounding.
void constrain_variables(ModelImpl& model, const LeftWeights& left);

// Forward pass, gradients and update of a model for one batch after the other. With `jit_compile` the step is captured
// for each form of batches when that comes first, and replayed; if it cannot be captured it runs as it is, and says
// why.
class TrainStep {
 public:
  struct Result {
    Tensor loss;
    std::vector<Tensor> y_pred;
    // Those of the outputs, where compute_loss tells them.
    std::vector<Tensor> output_losses;
  };

  // All of them live longer. `output_losses` is where compute_loss leaves those; they are taken from there.
  TrainStep(ModelImpl& model, const optimizers::Optimizer& optimizer, bool jit_compile,
            std::vector<Tensor>& output_losses);
  Result operator()(const Batch& batch);
  // Those that it trains, as its optimizer is built for them.
  const std::vector<Tensor>& variables() const { return variables_; }
  // Those of them with a constraint, as they are now.
  LeftWeights left_weights() const;

 private:
  // Logits behind an output, which metrics may look for as losses do, or its mask.
  struct Attached {
    std::size_t output;
    std::optional<detail::Probability> made_from_logits;
  };
  // What is fixed by being captured: the form of batches, and which variables and layers are trained.
  struct Captured {
    BatchForm form;
    std::vector<bool> trained;
    Program program;
    std::size_t outputs;
    // What hangs on outputs is no part of them in a program: these are its last results.
    std::vector<Attached> attached;
  };

  // As it is.
  Result run(const Batch& batch);
  // Once, where the optimizer is about to be built: one that never is must not keep what it was told of this model.
  void tell_optimizer();
  // Null if it cannot be captured. `tensors` are those of the batch.
  const Captured* captured_for(const Batch& batch, const std::vector<Tensor>& tensors);

  ModelImpl& model_;
  optimizers::Optimizer optimizer_;
  std::vector<Tensor>& output_losses_;
  const std::vector<Tensor> variables_;
  const TrainedVariables trained_;
  bool told_ = false;
  bool capture_;
  // One for full batches, one for the last, of each state of the variables.
  std::vector<Captured> captured_;
};

}  // namespace xtape::models
