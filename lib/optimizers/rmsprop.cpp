#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/rmsprop.hpp>

namespace xtape::optimizers {

RMSprop::RMSprop(RMSpropOptions options)
    : Optimizer({options.name, options.learning_rate, options.weight_decay, options.clipnorm, options.clipvalue,
                 options.global_clipnorm}),
      options_(std::move(options)) {
  require(options_.rho >= 0 && options_.rho <= 1, "rho", "between 0 and 1", options_.rho);
  require(options_.momentum >= 0 && options_.momentum <= 1, "momentum", "between 0 and 1", options_.momentum);
  require(options_.epsilon >= 0, "epsilon", "not negative", options_.epsilon);
}

int RMSprop::slot_count() const { return 1 + (options_.momentum > 0) + options_.centered; }

void RMSprop::update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                     const std::vector<std::vector<Tensor>>& slots, double decay) {
  const bool momentum = options_.momentum > 0;
  rmsprop_update(variables, gradients, slots[0], momentum ? slots[1] : std::vector<Tensor>(),
                 options_.centered ? slots.back() : std::vector<Tensor>(),
                 {.learning_rate = learning_rate(),
                  .decay = decay,
                  .rho = options_.rho,
                  .momentum = options_.momentum,
                  .epsilon = options_.epsilon});
}

}  // namespace xtape::optimizers
