#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/lion.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class LionImpl final : public OptimizerImpl {
 public:
  explicit LionImpl(LionOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "beta_1", options_.beta_1, Range::from_0_to_1);
    detail::check_number(name(), "beta_1", options_.beta_1, Range::positive);
    detail::check_number(name(), "beta_2", options_.beta_2, Range::from_0_to_1);
  }

  std::string class_name() const override { return "Lion"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 1; }
  std::string slot_name(int) const override { return "momentum"; }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    lion_update(variables, gradients, slots[0],
                {.beta_1 = options_.beta_1, .beta_2 = options_.beta_2, .rates = rates(), .undecayed = undecayed()});
  }

 private:
  LionOptions options_;
};

}  // namespace

void LionOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_1", beta_1)("beta_2", beta_2);
}

Lion::Lion(LionOptions options) : Optimizer(std::make_shared<LionImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
