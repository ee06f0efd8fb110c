#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/adafactor.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class AdafactorImpl final : public OptimizerImpl {
 public:
  explicit AdafactorImpl(AdafactorOptions options)
      : OptimizerImpl(settings_of(options), 1), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "beta_2_decay", options_.beta_2_decay, Range::finite);
    detail::check_number(name(), "epsilon_1", options_.epsilon_1, Range::finite_and_not_negative);
    detail::check_number(name(), "epsilon_2", options_.epsilon_2, Range::finite_and_not_negative);
    detail::check_number(name(), "clip_threshold", options_.clip_threshold, Range::finite_and_positive);
  }

  std::string class_name() const override { return "Adafactor"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 3; }
  std::string slot_name(int kind) const override {
    constexpr const char* names[] = {"", "", "velocity"};
    return names[kind];
  }
  bool can_skip() const override { return true; }
  // Rows, columns and the velocity; the first two of variables with fewer axes than two are numbers that nobody reads.
  Tensor make_slot(int kind, const Tensor& variable) const override {
    if (kind == 2) return zeros_like(variable);
    Shape shape = variable.shape();
    if (shape.rank() < 2) return zeros({}, variable.dtype());
    shape.erase(shape.size() - (kind == 0 ? 1 : 2));
    return zeros(shape, variable.dtype());
  }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    const auto factors = [power = options_.beta_2_decay](double step, double* rates) {
      rates[0] = std::min(rates[0], 1 / std::sqrt(step));
      rates[2] = std::clamp(1 - std::pow(step, power), 0.0, 1.0);
    };
    adafactor_update(variables, gradients, slots[0], slots[1], slots[2],
                     {.epsilon_1 = options_.epsilon_1,
                      .epsilon_2 = options_.epsilon_2,
                      .clip_threshold = options_.clip_threshold,
                      .rates = rates_with(factors),
                      .undecayed = undecayed()});
  }

 private:
  AdafactorOptions options_;
};

}  // namespace

void AdafactorOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_2_decay", beta_2_decay)("epsilon_1", epsilon_1)("epsilon_2", epsilon_2)("clip_threshold", clip_threshold)(
      "relative_step", relative_step);
}

Adafactor::Adafactor(AdafactorOptions options) : Optimizer(std::make_shared<AdafactorImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
