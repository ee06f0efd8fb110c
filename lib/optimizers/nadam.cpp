#include <cmath>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/optimizer_updates.hpp>
#include <xtape/optimizers/nadam.hpp>

#include "optimizers/check_moments.hpp"
#include "optimizers/fields_of_all.hpp"

namespace xtape::optimizers {

namespace {

class NadamImpl final : public OptimizerImpl {
 public:
  explicit NadamImpl(NadamOptions options) : OptimizerImpl(settings_of(options), 3), options_(std::move(options)) {
    check_moments(name(), options_);
  }

  std::string class_name() const override { return "Nadam"; }
  void fields(Fields& f) override {
    options_.learning_rate = learning_rate_option();
    options_.fields(f);
  }

  void build(const std::vector<Tensor>& variables) override {
    OptimizerImpl::build(variables);
    u_product_ = ones({}, variables[0].dtype());
  }
  std::vector<OptimizerVariable> variables() const override {
    std::vector<OptimizerVariable> all = OptimizerImpl::variables();
    // Nameless in Keras.
    if (built()) all.push_back({"variable", u_product_});
    return all;
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
    const auto factors = [beta_1 = options_.beta_1, beta_2 = options_.beta_2, product = u_product_](double step,
                                                                                                    double* rates) {
      const auto u = [beta_1](double t) { return beta_1 * (1 - 0.5 * std::pow(0.96, t)); };
      const double so_far = product.item() * u(step);
      product.fill(so_far);
      rates[2] = u(step + 1) / (1 - so_far * u(step + 1));
      rates[3] = (1 - u(step)) / (1 - so_far);
      rates[4] = 1 / (1 - std::pow(beta_2, step));
    };
    nadam_update(variables, gradients, slots[0], slots[1],
                 {.beta_1 = options_.beta_1,
                  .beta_2 = options_.beta_2,
                  .epsilon = options_.epsilon,
                  .rates = rates_with(factors),
                  .undecayed = undecayed()});
  }

 private:
  NadamOptions options_;
  // beta_1^t times its schedule so far; made by build.
  Tensor u_product_;
};

}  // namespace

void NadamOptions::fields(Fields& f) {
  fields_of_all(f, *this);
  f("beta_1", beta_1)("beta_2", beta_2)("epsilon", epsilon);
}

Nadam::Nadam(NadamOptions options) : Optimizer(std::make_shared<NadamImpl>(std::move(options))) {}

}  // namespace xtape::optimizers
