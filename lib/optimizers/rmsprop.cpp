#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/rmsprop.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class RMSpropImpl : public OptimizerImpl {
 public:
  explicit RMSpropImpl(RMSpropOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    using detail::Range;
    detail::check_number(name(), "rho", options_.rho, Range::from_0_to_1);
    detail::check_number(name(), "momentum", options_.momentum, Range::from_0_to_1);
    detail::check_number(name(), "epsilon", options_.epsilon, Range::finite_and_not_negative);
  }

  std::string class_name() const override { return "RMSprop"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return 1 + (options_.momentum > 0) + options_.centered; }
  std::string slot_name(int kind) const override {
    if (kind == 0) return "velocity";
    return kind == 1 && options_.momentum > 0 ? "momentum" : "average_gradient";
  }
  int interleaved_slots() const override { return 0; }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    const bool momentum = options_.momentum > 0;
    rmsprop_update(variables, gradients, slots[0], momentum ? slots[1] : std::vector<Tensor>(),
                   options_.centered ? slots.back() : std::vector<Tensor>(),
                   {.rho = options_.rho,
                    .momentum = options_.momentum,
                    .epsilon = options_.epsilon,
                    .rates = rates(),
                    .undecayed = undecayed()});
  }

 private:
  RMSpropOptions options_;
};

}  // namespace

void RMSpropOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("rho", rho)("momentum", momentum)("epsilon", epsilon)("centered", centered);
}

RMSprop::RMSprop(RMSpropOptions options) : Optimizer(std::make_shared<RMSpropImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
