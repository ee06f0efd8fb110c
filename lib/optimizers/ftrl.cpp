#include <xtape/detail/numbers.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/ftrl.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class FtrlImpl final : public OptimizerImpl {
 public:
  explicit FtrlImpl(FtrlOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "-learning_rate_power", -options_.learning_rate_power, Range::finite_and_not_negative);
    detail::check_number(name(), "initial_accumulator_value", options_.initial_accumulator_value,
                         Range::finite_and_not_negative);
    detail::check_number(name(), "l1_regularization_strength", options_.l1_regularization_strength,
                         Range::finite_and_not_negative);
    detail::check_number(name(), "l2_regularization_strength", options_.l2_regularization_strength,
                         Range::finite_and_not_negative);
    detail::check_number(name(), "l2_shrinkage_regularization_strength", options_.l2_shrinkage_regularization_strength,
                         Range::finite_and_not_negative);
    detail::check_number(name(), "beta", options_.beta, Range::finite_and_not_negative);
  }

  std::string class_name() const override { return "Ftrl"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 2; }
  std::string slot_name(int kind) const override {
    constexpr const char* names[] = {"accumulator", "linear"};
    return names[kind];
  }
  bool can_skip() const override { return true; }
  Tensor make_slot(int kind, const Tensor& variable) const override {
    return full_like(variable, kind == 0 ? options_.initial_accumulator_value : 0);
  }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    const auto check = [name = name()](double, double* rates) {
      // It divides.
      detail::check_number(name, "learning_rate", rates[0], detail::Range::finite_and_positive);
    };
    ftrl_update(variables, gradients, slots[0], slots[1],
                {.learning_rate_power = options_.learning_rate_power,
                 .l1 = options_.l1_regularization_strength,
                 .l2 = options_.l2_regularization_strength,
                 .l2_shrinkage = options_.l2_shrinkage_regularization_strength,
                 .beta = options_.beta,
                 .rates = rates_with(check),
                 .undecayed = undecayed()});
  }

 private:
  FtrlOptions options_;
};

}  // namespace

void FtrlOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("learning_rate_power", learning_rate_power)("initial_accumulator_value", initial_accumulator_value)(
      "l1_regularization_strength", l1_regularization_strength)(
      "l2_regularization_strength", l2_regularization_strength)("l2_shrinkage_regularization_strength",
                                                                l2_shrinkage_regularization_strength)("beta", beta);
}

Ftrl::Ftrl(FtrlOptions options) : Optimizer(std::make_shared<FtrlImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
