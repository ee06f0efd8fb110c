#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/optimizer_updates.hpp>

#include "autograd/in_place.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/optimizers/optimizer.hpp"
#include "ops/optimizers/update_checks.hpp"
#include "ops/support/conversion.hpp"

// A step of an optimizer as an operation. What is its own is a struct, Formula: its name, its numbers, and the kernel
// that they go to.
namespace xtape::ops {

// What most have: the numbers that `rates` stands for, and how they are described.
template <class OfStep>
struct FormulaOf {
  using Step = OfStep;

  static auto numbers(Step& step) { return std::array{&step.learning_rate, &step.decay}; }
  static void describe_rates(autograd::Attributes& to, const Step& step) {
    if (!step.rates.defined()) to("learning_rate", step.learning_rate), to("decay", step.decay);
  }
};

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

// 1 - beta in the variables' own type.
template <class T>
T rest(double beta) {
  return static_cast<T>(1 - beta);
}

// One step of an optimizer. Its inputs are lists, one tensor for each variable: the variables, then the slots that are
// used, which change, then the gradients; and behind them the rates, if they are a tensor. Where some gradients are
// outer products, which programs make of operations, their columns are in the list of gradients, and a list of rows
// follows.
template <class Formula>
struct Update {
  using Step = typename Formula::Step;

  Step step;
  std::size_t variables;
  std::array<bool, 3> used;
  std::size_t outer_products = 0;

  const char* name() const { return Formula::name; }
  void attributes(autograd::Attributes& to) const {
    Formula::describe(to, step);
    if (outer_products > 0) to("outer_products", static_cast<int64_t>(outer_products));
  }
  std::size_t targets() const {
    return variables * static_cast<std::size_t>(1 + std::count(used.begin(), used.end(), true));
  }
  void compute(std::span<const Tensor> inputs) const {
    Step now = step;
    if (step.rates.defined()) {
      const auto* rates = core::elements<const double>(inputs.back());
      const auto numbers = Formula::numbers(now);
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
      const T* const gradient = elements(true);
      const bool by_row = outer_products > 0 && inputs[next + variables].defined();
      const Shape& shape = variable->shape;
      const auto length = [&shape](int from_end) {
        return shape.rank() < 2 ? 0 : shape[static_cast<std::size_t>(shape.rank() - from_end)];
      };
      auto& list = !step.undecayed.empty() && step.undecayed[i] ? kept : arrays;
      list.push_back({variable->numel,
                      core::elements<T>(inputs[i]),
                      gradient,
                      {first, second, third},
                      length(2),
                      length(1),
                      elements(by_row)});
    }
    if (!arrays.empty()) Formula::template run<T>(now, arrays);
    if (kept.empty()) return;
    Step without = now;
    without.decay = 0;
    Formula::template run<T>(without, kept);
  }
};

// Runs the step on lists that have been checked.
template <class Formula>
void run_checked(const typename Formula::Step& step, const Tensors& variables, const Tensors& gradients,
                 const std::array<const Tensors*, 3>& slots) {
  const char* op = Formula::name;
  if (!step.undecayed.empty() && step.undecayed.size() != variables.size()) {
    throw ValueError(std::string(op) + ": undecayed: " + std::to_string(step.undecayed.size()) + " given for " +
                     std::to_string(variables.size()) + " variables");
  }
  Update<Formula> update{step, variables.size(), {}};
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
template <class Formula>
void update(const typename Formula::Step& step, const Tensors& variables, const Tensors& given_gradients,
            const std::array<const Tensors*, 3>& slots) {
  const char* op = Formula::name;
  const Tensors gradients = contiguous_list(op, given_gradients);
  check_list(op, variables, gradients);
  for (const Tensors* slot : slots) {
    if (slot && !slot->empty()) check_list(op, variables, *slot);
  }
  run_checked<Formula>(step, variables, gradients, slots);
}

// Checks the numbers that all steps have.
template <class Formula>
void check_rates(const typename Formula::Step& step) {
  detail::check_number(Formula::name, "learning_rate", step.learning_rate, detail::Range::finite);
  detail::check_number(Formula::name, "decay", step.decay, detail::Range::finite);
  typename Formula::Step numbers = step;
  check_rates(Formula::name, step.rates, static_cast<int64_t>(Formula::numbers(numbers).size()));
}

}  // namespace xtape::ops
