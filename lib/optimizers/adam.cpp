#include <cmath>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/adam.hpp>

#include "optimizers/check_moments.hpp"
#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class AdamImpl : public OptimizerImpl {
 public:
  explicit AdamImpl(AdamOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    check_moments(name(), options_);
  }

  std::string class_name() const override { return "Adam"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return options_.amsgrad ? 3 : 2; }
  std::string slot_name(int kind) const override {
    constexpr const char* names[] = {"momentum", "velocity", "velocity_hat"};
    return names[kind];
  }
  int interleaved_slots() const override { return 2; }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    const auto correction = [beta_1 = options_.beta_1, beta_2 = options_.beta_2](double step) {
      return std::sqrt(1 - std::pow(beta_2, step)) / (1 - std::pow(beta_1, step));
    };
    adam_update(variables, gradients, slots[0], slots[1], options_.amsgrad ? slots[2] : std::vector<Tensor>(),
                {.beta_1 = options_.beta_1,
                 .beta_2 = options_.beta_2,
                 .epsilon = options_.epsilon,
                 .rates = rates(correction),
                 .undecayed = undecayed()});
  }

 private:
  AdamOptions options_;
};

// The same but for its default of weight_decay.
class AdamWImpl final : public AdamImpl {
 public:
  using AdamImpl::AdamImpl;
  std::string class_name() const override { return "AdamW"; }
};

}  // namespace

void AdamOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon)("amsgrad", amsgrad);
}

void AdamWOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon)("amsgrad", amsgrad);
}

Adam::Adam(AdamOptions options) : Optimizer(std::make_shared<AdamImpl>(std::move(options))) {}

AdamW::AdamW(AdamWOptions options)
    : Optimizer(std::make_shared<AdamWImpl>(with_all_of(options, AdamOptions{.beta_1 = options.beta_1,
                                                                             .beta_2 = options.beta_2,
                                                                             .epsilon = options.epsilon,
                                                                             .amsgrad = options.amsgrad}))) {}

}  // namespace xtape::optimizers
