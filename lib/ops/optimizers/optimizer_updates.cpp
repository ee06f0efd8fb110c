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
      now.learning_rate = rates[0], now.decay = rates[1];
    }
    run_for<float>(now, inputs);
    run_for<double>(now, inputs);
  }

 private:
  template <class T>
  void run_for(const Step& now, std::span<const Tensor> inputs) const {
    std::vector<kernels::OptimizerVariable<T>> arrays;
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
      arrays.push_back({variable->numel, core::elements<T>(inputs[i]), elements(true), {first, second, third}});
    }
    if (!arrays.empty()) run<T>(now, arrays);
  }
};

// Checks all lists, and runs the step.
template <class Step>
void update(const char* op, const Step& step, const Tensors& variables, const Tensors& given_gradients,
            const std::array<const Tensors*, 3>& slots) {
  const Tensors gradients = contiguous(op, given_gradients);
  check_list(op, variables, gradients);
  Update<Step> update{op, step, variables.size(), {}};
  Tensors inputs = variables;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] == nullptr || slots[i]->empty()) continue;
    check_list(op, variables, *slots[i]);
    update.used[i] = true;
    inputs.insert(inputs.end(), slots[i]->begin(), slots[i]->end());
  }
  inputs.insert(inputs.end(), gradients.begin(), gradients.end());
  if (step.rates.defined()) inputs.push_back(ops::contiguous(op, step.rates));
  autograd::apply_list_in_place(update, inputs);
}

using detail::check_number;
using detail::Range;

template <class Step>
void check_rates(const char* op, const Step& step) {
  check_number(op, "learning_rate", step.learning_rate, Range::finite);
  check_number(op, "decay", step.decay, Range::finite);
  const Tensor& rates = step.rates;
  if (!rates.defined()) return;
  if (rates.shape() != Shape{2}) {
    throw ShapeError(std::string(op) + ": rates must have shape [2], given " + rates.shape().str());
  }
  if (rates.dtype() != DType::float64) {
    throw DTypeError(std::string(op) + ": rates must be float64, given " + name(rates.dtype()));
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

void ops::describe_optimizer_updates(autograd::Registry& to) {
  to.add_list_in_place<Update<SgdStep>>("sgd_update");
  to.add_list_in_place<Update<AdamStep>>("adam_update");
  to.add_list_in_place<Update<RmspropStep>>("rmsprop_update");
}

}  // namespace xtape
