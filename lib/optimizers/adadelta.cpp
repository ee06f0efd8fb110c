#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/adadelta.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class AdadeltaImpl final : public OptimizerImpl {
 public:
  explicit AdadeltaImpl(AdadeltaOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "rho", options_.rho, Range::from_0_to_1);
    detail::check_number(name(), "epsilon", options_.epsilon, Range::finite_and_not_negative);
  }

  std::string class_name() const override { return "Adadelta"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 2; }
  std::string slot_name(int kind) const override {
    constexpr const char* names[] = {"accumulated_grad", "accumulated_delta_var"};
    return names[kind];
  }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    adadelta_update(variables, gradients, slots[0], slots[1],
                    {.rho = options_.rho, .epsilon = options_.epsilon, .rates = rates(), .undecayed = undecayed()});
  }

 private:
  AdadeltaOptions options_;
};

}  // namespace

void AdadeltaOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("rho", rho)("epsilon", epsilon);
}

Adadelta::Adadelta(AdadeltaOptions options) : Optimizer(std::make_shared<AdadeltaImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
