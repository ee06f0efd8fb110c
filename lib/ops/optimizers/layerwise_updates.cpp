#include <array>
#include <span>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/ops/optimizer_updates.hpp>

#include "ops/optimizers/update.hpp"
#include "ops/registry.hpp"

// Steps of which the size depends on a variable as a whole.
namespace xtape {
namespace {

using detail::check_number;
using detail::Range;
using namespace ops;

struct Lamb : FormulaOf<LambStep> {
  static constexpr const char* name = "lamb_update";

  static auto numbers(LambStep& step) {
    return std::array{&step.learning_rate, &step.decay, &step.momentum_factor, &step.velocity_factor};
  }
  template <class T>
  static void run(const LambStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    kernels::lamb_update<T>(
        arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), rest<T>(step.beta_1), rest<T>(step.beta_2),
                 guard<T>(step.epsilon), limited<T>(step.momentum_factor), limited<T>(step.velocity_factor)});
  }
  static void describe(autograd::Attributes& to, const LambStep& step) {
    describe_rates(to, step);
    to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
  }
};

struct Adafactor : FormulaOf<AdafactorStep> {
  static constexpr const char* name = "adafactor_update";

  static auto numbers(AdafactorStep& step) { return std::array{&step.learning_rate, &step.decay, &step.beta_2}; }
  template <class T>
  static void run(const AdafactorStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
    kernels::adafactor_update<T>(
        arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(step.beta_2),
                 limited<T>(step.epsilon_1), limited<T>(step.epsilon_2), limited<T>(step.clip_threshold)});
  }
  static void describe(autograd::Attributes& to, const AdafactorStep& step) {
    describe_rates(to, step);
    to("epsilon_1", step.epsilon_1), to("epsilon_2", step.epsilon_2), to("clip_threshold", step.clip_threshold);
  }
};

}  // namespace

void lamb_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const LambStep& step) {
  check_rates<Lamb>(step);
  check_number(Lamb::name, "momentum_factor", step.momentum_factor, Range::finite);
  check_number(Lamb::name, "velocity_factor", step.velocity_factor, Range::finite_and_not_negative);
  check_betas(Lamb::name, step);
  check_number(Lamb::name, "epsilon", step.epsilon, Range::finite_and_not_negative);
  require(Lamb::name, !variables.empty(), "momentums", momentums);
  require(Lamb::name, !variables.empty(), "velocities", velocities);
  update<Lamb>(step, variables, gradients, {&momentums, &velocities, nullptr});
}

void adafactor_update(const Tensors& variables, const Tensors& given_gradients, const Tensors& rows,
                      const Tensors& columns, const Tensors& velocities, const AdafactorStep& step) {
  check_rates<Adafactor>(step);
  check_number(Adafactor::name, "beta_2", step.beta_2, Range::from_0_to_1);
  check_number(Adafactor::name, "epsilon_1", step.epsilon_1, Range::finite_and_not_negative);
  check_number(Adafactor::name, "epsilon_2", step.epsilon_2, Range::finite_and_not_negative);
  check_number(Adafactor::name, "clip_threshold", step.clip_threshold, Range::finite_and_positive);
  require(Adafactor::name, !variables.empty(), "rows", rows);
  require(Adafactor::name, !variables.empty(), "columns", columns);
  require(Adafactor::name, !variables.empty(), "velocities", velocities);
  const Tensors gradients = contiguous_list(Adafactor::name, given_gradients);
  check_list(Adafactor::name, variables, gradients);
  check_list(Adafactor::name, variables, velocities);
  check_means(Adafactor::name, "rows", variables, rows, 1);
  check_means(Adafactor::name, "columns", variables, columns, 2);
  run_checked<Adafactor>(step, variables, gradients, {&rows, &columns, &velocities});
}

void ops::describe_layerwise_updates(autograd::Registry& to) {
  to.add_list_in_place<Update<Lamb>>(Lamb::name);
  to.add_list_in_place<Update<Adafactor>>(Adafactor::name);
}

}  // namespace xtape
