#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/adam.hpp>

namespace xtape::optimizers {

Adam::Adam(AdamOptions options)
    : Optimizer({options.name, options.learning_rate, options.weight_decay, options.clipnorm, options.clipvalue,
                 options.global_clipnorm}),
      options_(std::move(options)) {
  using detail::Range;
  detail::check_number(name(), "beta_1", options_.beta_1, Range::from_0_below_1);
  detail::check_number(name(), "beta_2", options_.beta_2, Range::from_0_below_1);
  detail::check_number(name(), "epsilon", options_.epsilon, Range::finite_and_not_negative);
}

int Adam::slot_count() const { return options_.amsgrad ? 3 : 2; }

void Adam::update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                  const std::vector<std::vector<Tensor>>& slots) {
  const auto correction = [beta_1 = options_.beta_1, beta_2 = options_.beta_2](double step) {
    return std::sqrt(1 - std::pow(beta_2, step)) / (1 - std::pow(beta_1, step));
  };
  adam_update(variables, gradients, slots[0], slots[1], options_.amsgrad ? slots[2] : std::vector<Tensor>(),
              {.beta_1 = options_.beta_1,
               .beta_2 = options_.beta_2,
               .epsilon = options_.epsilon,
               .rates = rates(correction)});
}

AdamW::AdamW(AdamWOptions options)
    : Adam({.learning_rate = options.learning_rate,
            .beta_1 = options.beta_1,
            .beta_2 = options.beta_2,
            .epsilon = options.epsilon,
            .amsgrad = options.amsgrad,
            .weight_decay = options.weight_decay,
            .clipnorm = options.clipnorm,
            .clipvalue = options.clipvalue,
            .global_clipnorm = options.global_clipnorm,
            .name = options.name}) {}

}  // namespace xtape::optimizers
