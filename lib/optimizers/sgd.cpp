#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/sgd.hpp>

namespace xtape::optimizers {

SGD::SGD(SGDOptions options)
    : Optimizer({options.name, options.learning_rate, options.weight_decay, options.clipnorm, options.clipvalue,
                 options.global_clipnorm}),
      options_(std::move(options)) {
  detail::check_number(name(), "momentum", options_.momentum, detail::Range::from_0_to_1);
}

int SGD::slot_count() const { return options_.momentum == 0 ? 0 : 1; }

void SGD::update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
                 const std::vector<std::vector<Tensor>>& slots) {
  sgd_update(variables, gradients, slots.empty() ? std::vector<Tensor>() : slots[0],
             {.momentum = options_.momentum, .nesterov = options_.nesterov, .rates = rates()});
}

}  // namespace xtape::optimizers
