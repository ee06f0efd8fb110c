#include <cmath>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/lamb.hpp>

#include "optimizers/check_moments.hpp"
#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class LambImpl final : public OptimizerImpl {
 public:
  explicit LambImpl(LambOptions options) : OptimizerImpl(settings_of(options), 2), options_(std::move(options)) {
    check_moments(name(), options_);
  }

  std::string class_name() const override { return "Lamb"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 2; }
  std::string slot_name(int kind) const override {
    constexpr const char* names[] = {"momentum", "velocity"};
    return names[kind];
  }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    const auto factors = [beta_1 = options_.beta_1, beta_2 = options_.beta_2](double step, double* rates) {
      rates[2] = 1 / (1 - std::pow(beta_1, step));
      rates[3] = 1 / (1 - std::pow(beta_2, step));
    };
    lamb_update(variables, gradients, slots[0], slots[1],
                {.beta_1 = options_.beta_1,
                 .beta_2 = options_.beta_2,
                 .epsilon = options_.epsilon,
                 .rates = rates_with(factors),
                 .undecayed = undecayed()});
  }

 private:
  LambOptions options_;
};

}  // namespace

void LambOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon);
}

Lamb::Lamb(LambOptions options) : Optimizer(std::make_shared<LambImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
