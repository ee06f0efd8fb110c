#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/rmsprop.hpp>

namespace xtape::optimizers {

RMSprop::RMSprop(RMSpropOptions options)
    : Optimizer({options.name, options.learning_rate, options.weight_decay, options.clipnorm, options.clipvalue,
                 options.global_clipnorm}),
      options_(std::move(options)) {
  using detail::Range;
  detail::check_number(name(), "rho", options_.rho, Range::from_0_to_1);
  detail::check_number(name(), "momentum", options_.momentum, Range::from_0_to_1);
  detail::check_number(name(), "epsilon", options_.epsilon, Range::finite_and_not_negative);
}

int RMSprop::slot_count() const { return 1 + (options_.momentum > 0) + options_.centered; }

void RMSprop::update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                     const std::vector<std::vector<Tensor>>& slots) {
  const bool momentum = options_.momentum > 0;
  rmsprop_update(variables, gradients, slots[0], momentum ? slots[1] : std::vector<Tensor>(),
                 options_.centered ? slots.back() : std::vector<Tensor>(),
                 {.rho = options_.rho,
                  .momentum = options_.momentum,
                  .epsilon = options_.epsilon,
                  .rates = rates()});
}

}  // namespace xtape::optimizers
