#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/optimizer_updates.hpp>

#include "autograd/in_place.hpp"
#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/optimizers/optimizer.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

using Tensors = std::vector<Tensor>;

void check_list(const char* op, const Tensors& variables, const Tensors& list) {
  if (list.size() != variables.size()) {
    throw ValueError(std::string(op) + ": " + std::to_string(list.size()) + " tensors given for " +
                     std::to_string(variables.size()) + " variables");
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    core::check_defined(op, variables[i]);
    core::check_defined(op, list[i]);
    const core::TensorImpl *variable = core::impl(variables[i]), *given = core::impl(list[i]);
    if (given->shape != variable->shape) {
      throw ShapeError(std::string(op) + ": shapes differ: variable " + variable->shape.str() + ", given " +
                       given->shape.str());
    }
    if (given->dtype != variable->dtype || !is_floating(variable->dtype)) {
      throw DTypeError(std::string(op) + ": types differ or are not floating: variable " + name(variable->dtype) +
                       ", given " + name(given->dtype));
    }
    if (!variable->contiguous || !given->contiguous) {
      throw ValueError(std::string(op) + ": tensors must be contiguous, given " + given->shape.str());
    }
  }
}

// The same elements, off the tape.
Tensors contiguous(const char* op, Tensors list) {
  const NoGrad no_grad;
  for (Tensor& tensor : list) {
    core::check_defined(op, tensor);
    tensor = ops::contiguous(op, tensor);
  }
  return list;
}

// A number of a step in the variables' own type, the largest one where that type does not reach it: infinity times a
// gradient of 0 would be NaN.
template <class T>
T limited(double number) {
  constexpr double largest = std::numeric_limits<T>::max();
  return static_cast<T>(std::clamp(number, -largest, largest));
}

// The guard against 0 / 0, likewise.
template <class T>
T guard(double epsilon) {
  return std::max(limited<T>(epsilon), std::numeric_limits<T>::min());
}

template <class T>
void run(const SgdStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  kernels::sgd_update<T>(arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                  static_cast<T>(step.momentum), step.nesterov});
}

template <class T>
void run(const AdamStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  kernels::adam_update<T>(arrays,
                          {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(1 - step.beta_1),
                           static_cast<T>(1 - step.beta_2), guard<T>(step.epsilon)});
}

template <class T>
void run(const RmspropStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  kernels::rmsprop_update<T>(arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                      static_cast<T>(step.rho), static_cast<T>(step.momentum), guard<T>(step.epsilon)});
}

// 1 - beta in the variables' own type.
template <class T>
T rest(double beta) {
  return static_cast<T>(1 - beta);
}

template <class T>
void run(const NadamStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::NadamFactors<T> factors{limited<T>(step.learning_rate),
                                         limited<T>(1 - step.decay),
                                         rest<T>(step.beta_1),
                                         rest<T>(step.beta_2),
                                         guard<T>(step.epsilon),
                                         limited<T>(step.momentum_factor),
                                         limited<T>(step.gradient_factor),
                                         limited<T>(step.velocity_factor)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const AdamaxStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::AdamaxFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                          rest<T>(step.beta_1), static_cast<T>(step.beta_2), guard<T>(step.epsilon)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const AdagradStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::AdagradFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                           guard<T>(step.epsilon)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const AdadeltaStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::AdadeltaFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                            static_cast<T>(step.rho), guard<T>(step.epsilon)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const LionStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::LionFactors<T> factors{limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                        static_cast<T>(step.beta_1), static_cast<T>(step.beta_2)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const FtrlStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  const kernels::FtrlFactors<T> factors{limited<T>(1 / step.learning_rate),
                                        limited<T>(1 - step.decay),
                                        static_cast<T>(-step.learning_rate_power),
                                        limited<T>(step.l1),
                                        limited<T>(2 * step.l2 + step.beta / step.learning_rate),
                                        limited<T>(2 * step.l2_shrinkage)};
  kernels::elementwise_update(arrays, factors);
}

template <class T>
void run(const LambStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  kernels::lamb_update<T>(
      arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), rest<T>(step.beta_1), rest<T>(step.beta_2),
               guard<T>(step.epsilon), limited<T>(step.momentum_factor), limited<T>(step.velocity_factor)});
}

template <class T>
void run(const AdafactorStep& step, std::span<const kernels::OptimizerVariable<T>> arrays) {
  kernels::adafactor_update<T>(
      arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(step.beta_2),
               limited<T>(step.epsilon_1), limited<T>(step.epsilon_2), limited<T>(step.clip_threshold)});
}

// The numbers that `rates` stands for.
template <class Step>
auto numbers_of(Step& step) {
  return std::array{&step.learning_rate, &step.decay};
}
auto numbers_of(NadamStep& step) {
  return std::array{&step.learning_rate, &step.decay, &step.momentum_factor, &step.gradient_factor,
                    &step.velocity_factor};
}
auto numbers_of(LambStep& step) {
  return std::array{&step.learning_rate, &step.decay, &step.momentum_factor, &step.velocity_factor};
}
auto numbers_of(AdafactorStep& step) { return std::array{&step.learning_rate, &step.decay, &step.beta_2}; }

template <class Step>
void describe_rates(autograd::Attributes& to, const Step& step) {
  if (!step.rates.defined()) to("learning_rate", step.learning_rate), to("decay", step.decay);
}
void describe(autograd::Attributes& to, const SgdStep& step) {
  describe_rates(to, step);
  to("momentum", step.momentum);
  to("nesterov", step.nesterov);
}
void describe(autograd::Attributes& to, const AdamStep& step) {
  describe_rates(to, step);
  to("beta_1", step.beta_1);
  to("beta_2", step.beta_2), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const RmspropStep& step) {
  describe_rates(to, step);
  to("rho", step.rho);
  to("momentum", step.momentum), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const NadamStep& step) {
  describe_rates(to, step);
  to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const AdamaxStep& step) {
  describe_rates(to, step);
  to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const AdagradStep& step) {
  describe_rates(to, step);
  to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const AdadeltaStep& step) {
  describe_rates(to, step);
  to("rho", step.rho), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const LionStep& step) {
  describe_rates(to, step);
  to("beta_1", step.beta_1), to("beta_2", step.beta_2);
}
void describe(autograd::Attributes& to, const FtrlStep& step) {
  describe_rates(to, step);
  to("learning_rate_power", step.learning_rate_power), to("l1", step.l1), to("l2", step.l2);
  to("l2_shrinkage", step.l2_shrinkage), to("beta", step.beta);
}
void describe(autograd::Attributes& to, const LambStep& step) {
  describe_rates(to, step);
  to("beta_1", step.beta_1), to("beta_2", step.beta_2), to("epsilon", step.epsilon);
}
void describe(autograd::Attributes& to, const AdafactorStep& step) {
  describe_rates(to, step);
  to("epsilon_1", step.epsilon_1), to("epsilon_2", step.epsilon_2), to("clip_threshold", step.clip_threshold);
}

// One step of an optimizer. Its inputs are lists, one tensor for each variable: the variables, then the slots that are
// used, which change, then the gradients; and behind them the rates, if they are a tensor.
template <class Step>
struct Update {
  const char* operation;
  Step step;
  std::size_t variables;
  std::array<bool, 3> used;

  const char* name() const { return operation; }
  void attributes(autograd::Attributes& to) const { describe(to, step); }
  std::size_t targets() const {
    return variables * static_cast<std::size_t>(1 + std::count(used.begin(), used.end(), true));
  }
  void compute(std::span<const Tensor> inputs) const {
    Step now = step;
    if (step.rates.defined()) {
      const auto* rates = core::elements<const double>(inputs.back());
      const auto numbers = numbers_of(now);
      // Behind them, whether the step takes place.
      const auto count = static_cast<std::size_t>(step.rates.numel());
      if (count > numbers.size() && rates[numbers.size()] == 0) return;
      for (std::size_t i = 0; i < numbers.size(); ++i) *numbers[i] = rates[i];
    }
    run_for<float>(now, inputs);
    run_for<double>(now, inputs);
  }

 private:
  template <class T>
  void run_for(const Step& now, std::span<const Tensor> inputs) const {
    std::vector<kernels::OptimizerVariable<T>> arrays, kept;
    arrays.reserve(variables);
    for (std::size_t i = 0; i < variables; ++i) {
      const core::TensorImpl* variable = core::impl(inputs[i]);
      if (variable->dtype != dtype_of<T>) continue;
      std::size_t next = i;
      const auto elements = [&](bool given) -> T* {
        return given ? core::elements<T>(inputs[next += variables]) : nullptr;
      };
      // In this order.
      T* const first = elements(used[0]);
      T* const second = elements(used[1]);
      T* const third = elements(used[2]);
      const Shape& shape = variable->shape;
      const auto length = [&shape](int from_end) {
        return shape.rank() < 2 ? 0 : shape[static_cast<std::size_t>(shape.rank() - from_end)];
      };
      auto& list = !step.undecayed.empty() && step.undecayed[i] ? kept : arrays;
      list.push_back({variable->numel,
                      core::elements<T>(inputs[i]),
                      elements(true),
                      {first, second, third},
                      length(2),
                      length(1)});
    }
    if (!arrays.empty()) run<T>(now, arrays);
    if (kept.empty()) return;
    Step without = now;
    without.decay = 0;
    run<T>(without, kept);
  }
};

// Runs the step on lists that have been checked.
template <class Step>
void run_checked(const char* op, const Step& step, const Tensors& variables, const Tensors& gradients,
                 const std::array<const Tensors*, 3>& slots) {
  if (!step.undecayed.empty() && step.undecayed.size() != variables.size()) {
    throw ValueError(std::string(op) + ": undecayed: " + std::to_string(step.undecayed.size()) + " given for " +
                     std::to_string(variables.size()) + " variables");
  }
  Update<Step> update{op, step, variables.size(), {}};
  Tensors inputs = variables;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] == nullptr || slots[i]->empty()) continue;
    update.used[i] = true;
    inputs.insert(inputs.end(), slots[i]->begin(), slots[i]->end());
  }
  inputs.insert(inputs.end(), gradients.begin(), gradients.end());
  if (step.rates.defined()) inputs.push_back(ops::contiguous(op, step.rates));
  autograd::apply_list_in_place(update, inputs);
}

// Checks all lists, and runs the step.
template <class Step>
void update(const char* op, const Step& step, const Tensors& variables, const Tensors& given_gradients,
            const std::array<const Tensors*, 3>& slots) {
  const Tensors gradients = contiguous(op, given_gradients);
  check_list(op, variables, gradients);
  for (const Tensors* slot : slots) {
    if (slot && !slot->empty()) check_list(op, variables, *slot);
  }
  run_checked(op, step, variables, gradients, slots);
}

using detail::check_number;
using detail::Range;

template <class Step>
void check_rates(const char* op, const Step& step) {
  check_number(op, "learning_rate", step.learning_rate, Range::finite);
  check_number(op, "decay", step.decay, Range::finite);
  const Tensor& rates = step.rates;
  if (!rates.defined()) return;
  Step numbers = step;
  const auto count = static_cast<int64_t>(numbers_of(numbers).size());
  if (rates.shape() != Shape{count} && rates.shape() != Shape{count + 1}) {
    throw ShapeError(std::string(op) + ": rates must have shape [" + std::to_string(count) + "], or [" +
                     std::to_string(count + 1) + "] with whether the step takes place, given " + rates.shape().str());
  }
  if (rates.dtype() != DType::float64) {
    throw DTypeError(std::string(op) + ": rates must be float64, given " + name(rates.dtype()));
  }
}

// Means of variables over one of the last two axes, which stands that far from the end; of fewer axes than two
// anything.
void check_means(const char* op, const char* slot, const Tensors& variables, const Tensors& list, int from_end) {
  if (list.size() != variables.size()) {
    throw ValueError(std::string(op) + ": " + slot + ": " + std::to_string(list.size()) + " tensors given for " +
                     std::to_string(variables.size()) + " variables");
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    core::check_defined(op, list[i]);
    const core::TensorImpl *variable = core::impl(variables[i]), *given = core::impl(list[i]);
    if (variable->shape.rank() < 2) continue;
    Shape expected = variable->shape;
    expected.erase(expected.size() - static_cast<std::size_t>(from_end));
    if (given->shape != expected) {
      throw ShapeError(std::string(op) + ": " + slot + ": expected shape " + expected.str() +
                       " for a variable of shape " + variable->shape.str() + ", given " + given->shape.str());
    }
    if (given->dtype != variable->dtype) {
      throw DTypeError(std::string(op) + ": " + slot + ": types differ: variable " + name(variable->dtype) +
                       ", given " + name(given->dtype));
    }
    if (!given->contiguous) {
      throw ValueError(std::string(op) + ": tensors must be contiguous, given " + given->shape.str());
    }
  }
}

// A slot that the settings call for must be given.
void require(const char* op, bool needed, const char* slot, const Tensors& list) {
  if (needed && list.empty()) throw ValueError(std::string(op) + ": " + slot + " must be given");
}

}  // namespace

void sgd_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities, const SgdStep& step) {
  check_rates("sgd_update", step);
  check_number("sgd_update", "momentum", step.momentum, Range::finite);
  require("sgd_update", step.momentum != 0 && !variables.empty(), "velocities", velocities);
  update("sgd_update", step, variables, gradients, {&velocities, nullptr, nullptr});
}

void adam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const Tensors& largest, const AdamStep& step) {
  check_rates("adam_update", step);
  check_number("adam_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("adam_update", "beta_2", step.beta_2, Range::from_0_to_1);
  check_number("adam_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("adam_update", !variables.empty(), "momentums", momentums);
  require("adam_update", !variables.empty(), "velocities", velocities);
  update("adam_update", step, variables, gradients, {&momentums, &velocities, &largest});
}

void rmsprop_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities,
                    const Tensors& momentums, const Tensors& averages, const RmspropStep& step) {
  check_rates("rmsprop_update", step);
  check_number("rmsprop_update", "rho", step.rho, Range::from_0_to_1);
  check_number("rmsprop_update", "momentum", step.momentum, Range::finite);
  check_number("rmsprop_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("rmsprop_update", !variables.empty(), "velocities", velocities);
  update("rmsprop_update", step, variables, gradients, {&velocities, &momentums, &averages});
}

void nadam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                  const Tensors& velocities, const NadamStep& step) {
  check_rates("nadam_update", step);
  check_number("nadam_update", "momentum_factor", step.momentum_factor, Range::finite);
  check_number("nadam_update", "gradient_factor", step.gradient_factor, Range::finite);
  check_number("nadam_update", "velocity_factor", step.velocity_factor, Range::finite_and_not_negative);
  check_number("nadam_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("nadam_update", "beta_2", step.beta_2, Range::from_0_to_1);
  check_number("nadam_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("nadam_update", !variables.empty(), "momentums", momentums);
  require("nadam_update", !variables.empty(), "velocities", velocities);
  update("nadam_update", step, variables, gradients, {&momentums, &velocities, nullptr});
}

void adamax_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums, const Tensors& norms,
                   const AdamaxStep& step) {
  check_rates("adamax_update", step);
  check_number("adamax_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("adamax_update", "beta_2", step.beta_2, Range::from_0_to_1);
  check_number("adamax_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("adamax_update", !variables.empty(), "momentums", momentums);
  require("adamax_update", !variables.empty(), "norms", norms);
  update("adamax_update", step, variables, gradients, {&momentums, &norms, nullptr});
}

void adagrad_update(const Tensors& variables, const Tensors& gradients, const Tensors& accumulators,
                    const AdagradStep& step) {
  check_rates("adagrad_update", step);
  check_number("adagrad_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("adagrad_update", !variables.empty(), "accumulators", accumulators);
  update("adagrad_update", step, variables, gradients, {&accumulators, nullptr, nullptr});
}

void adadelta_update(const Tensors& variables, const Tensors& gradients, const Tensors& squares, const Tensors& changes,
                     const AdadeltaStep& step) {
  check_rates("adadelta_update", step);
  check_number("adadelta_update", "rho", step.rho, Range::from_0_to_1);
  check_number("adadelta_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("adadelta_update", !variables.empty(), "squares", squares);
  require("adadelta_update", !variables.empty(), "changes", changes);
  update("adadelta_update", step, variables, gradients, {&squares, &changes, nullptr});
}

void lion_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums, const LionStep& step) {
  check_rates("lion_update", step);
  check_number("lion_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("lion_update", "beta_2", step.beta_2, Range::from_0_to_1);
  require("lion_update", !variables.empty(), "momentums", momentums);
  update("lion_update", step, variables, gradients, {&momentums, nullptr, nullptr});
}

void ftrl_update(const Tensors& variables, const Tensors& gradients, const Tensors& accumulators,
                 const Tensors& linears, const FtrlStep& step) {
  check_rates("ftrl_update", step);
  if (!step.rates.defined()) {
    check_number("ftrl_update", "learning_rate", step.learning_rate, Range::finite_and_positive);
  }
  check_number("ftrl_update", "-learning_rate_power", -step.learning_rate_power, Range::finite_and_not_negative);
  check_number("ftrl_update", "l1", step.l1, Range::finite_and_not_negative);
  check_number("ftrl_update", "l2", step.l2, Range::finite_and_not_negative);
  check_number("ftrl_update", "l2_shrinkage", step.l2_shrinkage, Range::finite_and_not_negative);
  check_number("ftrl_update", "beta", step.beta, Range::finite);
  require("ftrl_update", !variables.empty(), "accumulators", accumulators);
  require("ftrl_update", !variables.empty(), "linears", linears);
  update("ftrl_update", step, variables, gradients, {&accumulators, &linears, nullptr});
}

void lamb_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const LambStep& step) {
  check_rates("lamb_update", step);
  check_number("lamb_update", "momentum_factor", step.momentum_factor, Range::finite);
  check_number("lamb_update", "velocity_factor", step.velocity_factor, Range::finite_and_not_negative);
  check_number("lamb_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("lamb_update", "beta_2", step.beta_2, Range::from_0_to_1);
  check_number("lamb_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("lamb_update", !variables.empty(), "momentums", momentums);
  require("lamb_update", !variables.empty(), "velocities", velocities);
  update("lamb_update", step, variables, gradients, {&momentums, &velocities, nullptr});
}

void adafactor_update(const Tensors& variables, const Tensors& given_gradients, const Tensors& rows,
                      const Tensors& columns, const Tensors& velocities, const AdafactorStep& step) {
  constexpr const char* op = "adafactor_update";
  check_rates(op, step);
  check_number(op, "beta_2", step.beta_2, Range::from_0_to_1);
  check_number(op, "epsilon_1", step.epsilon_1, Range::finite_and_not_negative);
  check_number(op, "epsilon_2", step.epsilon_2, Range::finite_and_not_negative);
  check_number(op, "clip_threshold", step.clip_threshold, Range::finite_and_positive);
  require(op, !variables.empty(), "rows", rows);
  require(op, !variables.empty(), "columns", columns);
  require(op, !variables.empty(), "velocities", velocities);
  const Tensors gradients = contiguous(op, given_gradients);
  check_list(op, variables, gradients);
  check_list(op, variables, velocities);
  check_means(op, "rows", variables, rows, 1);
  check_means(op, "columns", variables, columns, 2);
  run_checked(op, step, variables, gradients, {&rows, &columns, &velocities});
}

void ops::describe_optimizer_updates(autograd::Registry& to) {
  to.add_list_in_place<Update<SgdStep>>("sgd_update");
  to.add_list_in_place<Update<AdamStep>>("adam_update");
  to.add_list_in_place<Update<RmspropStep>>("rmsprop_update");
  to.add_list_in_place<Update<NadamStep>>("nadam_update");
  to.add_list_in_place<Update<AdamaxStep>>("adamax_update");
  to.add_list_in_place<Update<AdagradStep>>("adagrad_update");
  to.add_list_in_place<Update<AdadeltaStep>>("adadelta_update");
  to.add_list_in_place<Update<LionStep>>("lion_update");
  to.add_list_in_place<Update<FtrlStep>>("ftrl_update");
  to.add_list_in_place<Update<LambStep>>("lamb_update");
  to.add_list_in_place<Update<AdafactorStep>>("adafactor_update");
}

}  // namespace xtape
