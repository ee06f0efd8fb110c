#include "golden/make_optimizer.hpp"

#include <xtape/error.hpp>
#include <xtape/optimizers/adam.hpp>
#include <xtape/optimizers/rmsprop.hpp>
#include <xtape/optimizers/sgd.hpp>

namespace xtape::test {
namespace {

// What the options of all optimizers have in common.
template <class Options>
Options common(const Config& config) {
  Options options;
  options.learning_rate = config.number("learning_rate", options.learning_rate);
  if (config.contains("weight_decay")) options.weight_decay = config.optional_number("weight_decay");
  options.clipnorm = config.optional_number("clipnorm");
  options.clipvalue = config.optional_number("clipvalue");
  options.global_clipnorm = config.optional_number("global_clipnorm");
  return options;
}

template <class Options>
Options adam_options(const Config& config) {
  Options options = common<Options>(config);
  options.beta_1 = config.number("beta_1", options.beta_1);
  options.beta_2 = config.number("beta_2", options.beta_2);
  options.epsilon = config.number("epsilon", options.epsilon);
  options.amsgrad = config.flag("amsgrad", options.amsgrad);
  return options;
}

}  // namespace

std::shared_ptr<optimizers::Optimizer> make_optimizer(const std::string& name, const Config& config) {
  if (name == "SGD") {
    auto options = common<optimizers::SGDOptions>(config);
    options.momentum = config.number("momentum", options.momentum);
    options.nesterov = config.flag("nesterov", options.nesterov);
    return std::make_shared<optimizers::SGD>(options);
  }
  if (name == "Adam") return std::make_shared<optimizers::Adam>(adam_options<optimizers::AdamOptions>(config));
  if (name == "AdamW") return std::make_shared<optimizers::AdamW>(adam_options<optimizers::AdamWOptions>(config));
  if (name == "RMSprop") {
    auto options = common<optimizers::RMSpropOptions>(config);
    options.rho = config.number("rho", options.rho);
    options.momentum = config.number("momentum", options.momentum);
    options.epsilon = config.number("epsilon", options.epsilon);
    options.centered = config.flag("centered", options.centered);
    return std::make_shared<optimizers::RMSprop>(options);
  }
  throw ValueError("make_optimizer: unknown class " + name);
}

}  // namespace xtape::test
