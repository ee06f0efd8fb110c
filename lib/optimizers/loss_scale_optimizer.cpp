#include <algorithm>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/optimizers/loss_scale_optimizer.hpp>
#include <xtape/program.hpp>

#include "optimizers/loss_scale_fields.hpp"

namespace xtape::optimizers {

namespace {

class LossScaleOptimizerImpl final : public OptimizerImpl {
 public:
  explicit LossScaleOptimizerImpl(LossScaleFields made)
      : OptimizerImpl(Settings{.name = made.name, .learning_rate = 1}),
        made_(std::move(made)),
        inner_(made_.inner_optimizer),
        step_counter_(zeros({}, int64)),
        dynamic_scale_(zeros({}, float32)) {
    if (!inner_) throw ValueError(name() + ": inner_optimizer is nothing (a null pointer)");
    detail::check_number(name(), "initial_scale", made_.initial_scale, detail::Range::finite_and_positive);
    detail::check_at_least(1, name(), "dynamic_growth_steps", made_.dynamic_growth_steps);
    dynamic_scale_.fill(made_.initial_scale);
  }

  std::string class_name() const override { return "LossScaleOptimizer"; }
  void fields(Fields& f) override { made_.fields(f); }

  void build(const std::vector<Tensor>& variables) override {
    inner_.build(variables);
    OptimizerImpl::build(variables);
  }

  void apply(const std::vector<Tensor>& gradients, const std::vector<Tensor>& variables) override {
    if (is_capturing()) throw AutogradError(name() + ": a scale that depends on the gradients cannot be captured");
    const NoGrad no_grad;
    if (!built()) build(variables);
    const bool finite = std::all_of(gradients.begin(), gradients.end(), [](const Tensor& gradient) {
      return !gradient.defined() || all(isfinite(gradient)).item<bool>();
    });
    const double scale = dynamic_scale_.item();
    if (!finite) {
      step_counter_.fill(0);
      dynamic_scale_.fill(scale / 2);
      return;
    }
    std::vector<Tensor> unscaled;
    for (const Tensor& gradient : gradients) {
      // The inner optimizer divides by its own factor, if it has one.
      unscaled.push_back(gradient.defined() ? inner_.scale_loss(gradient / scale) : gradient);
    }
    inner_.apply(unscaled, variables);
    const auto steps = step_counter_.item<int64_t>() + 1;
    if (steps < made_.dynamic_growth_steps) {
      step_counter_.fill(static_cast<double>(steps));
    } else {
      step_counter_.fill(0);
      dynamic_scale_.fill(scale * 2);
    }
  }

  Tensor scale_loss(const Tensor& loss) const override { return loss * dynamic_scale_.item(); }
  double learning_rate() const override { return inner_.learning_rate(); }
  void set_learning_rate(const LearningRate& learning_rate) override { inner_.set_learning_rate(learning_rate); }
  bool learning_rate_is_schedule() const override { return inner_.learning_rate_is_schedule(); }
  int64_t iterations() const override { return inner_.iterations(); }
  const std::vector<Tensor>& averages() const override { return inner_.averages(); }
  void finalize_variable_values(const std::vector<Tensor>& variables) override {
    inner_.finalize_variable_values(variables);
  }
  void exclude_from_weight_decay(WeightDecayExclusion exclusion) override {
    inner_.exclude_from_weight_decay(std::move(exclusion));
  }
  void set_constraints(std::vector<constraints::Constraint> constraints) override {
    inner_.set_constraints(std::move(constraints));
  }
  void set_paths(std::vector<std::string> paths) override { inner_.set_paths(std::move(paths)); }
  std::vector<OptimizerVariable> variables() const override {
    // The first two are without use, in Keras too.
    std::vector<OptimizerVariable> all = {{"iteration", iteration_}, {"learning_rate", learning_rate_}};
    if (built()) all.insert(all.end(), {{"step_counter", step_counter_}, {"dynamic_scale", dynamic_scale_}});
    for (OptimizerVariable& variable : inner_.variables()) all.push_back(std::move(variable));
    return all;
  }

 protected:
  int slot_count() const override { return 0; }
  // apply() has the inner optimizer do it.
  void update(const std::vector<Tensor>&, const std::vector<Tensor>&,
              const std::vector<std::vector<Tensor>>&) override {}

 private:
  LossScaleFields made_;
  Optimizer inner_;
  Tensor step_counter_, dynamic_scale_;
  Tensor iteration_ = zeros({}, int64), learning_rate_ = zeros({}, float64);
};

}  // namespace

LossScaleOptimizer::LossScaleOptimizer(Optimizer inner_optimizer, LossScaleOptimizerOptions options)
    : Optimizer(std::make_shared<LossScaleOptimizerImpl>(LossScaleFields{
          std::move(inner_optimizer), options.initial_scale, options.dynamic_growth_steps, std::move(options.name)})) {}

}  // namespace xtape::optimizers
