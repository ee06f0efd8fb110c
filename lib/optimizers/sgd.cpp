#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/sgd.hpp>

#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class SGDImpl : public OptimizerImpl {
 public:
  explicit SGDImpl(SGDOptions options) : OptimizerImpl(settings_of(options)), options_(std::move(options)) {
    detail::check_number(name(), "momentum", options_.momentum, detail::Range::from_0_to_1);
  }

  std::string class_name() const override { return "SGD"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

 protected:
  int slot_count() const override { return options_.momentum == 0 ? 0 : 1; }
  std::string slot_name(int) const override { return "momentum"; }
  bool can_skip() const override { return true; }

  void update(const std::vector<Tensor>& variables, const std::vector<Tensor>& gradients,
              const std::vector<std::vector<Tensor>>& slots) override {
    sgd_update(
        variables, gradients, slots.empty() ? std::vector<Tensor>() : slots[0],
        {.momentum = options_.momentum, .nesterov = options_.nesterov, .rates = rates(), .undecayed = undecayed()});
  }

 private:
  SGDOptions options_;
};

}  // namespace

void SGDOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("momentum", momentum)("nesterov", nesterov);
}

SGD::SGD(SGDOptions options) : Optimizer(std::make_shared<SGDImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
