#include <xtape/detail/numbers.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/adagrad.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class AdagradImpl final : public OptimizerImpl {
 public:
  explicit AdagradImpl(AdagradOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "initial_accumulator_value", options_.initial_accumulator_value,
                         Range::finite_and_not_negative);
    detail::check_number(name(), "epsilon", options_.epsilon, Range::finite_and_not_negative);
  }

  std::string class_name() const override { return "Adagrad"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 1; }
  std::string slot_name(int) const override { return "accumulator"; }
  bool can_skip() const override { return true; }
  Tensor make_slot(int, const Tensor& variable) const override {
    return full_like(variable, options_.initial_accumulator_value);
  }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    adagrad_update(variables, gradients, slots[0],
                   {.epsilon = options_.epsilon, .rates = rates(), .undecayed = undecayed()});
  }

 private:
  AdagradOptions options_;
};

}  // namespace

void AdagradOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("initial_accumulator_value", initial_accumulator_value)("epsilon", epsilon);
}

Adagrad::Adagrad(AdagradOptions options) : Optimizer(std::make_shared<AdagradImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
