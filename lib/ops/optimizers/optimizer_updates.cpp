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

#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/optimizers/optimizer.hpp"
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

Tensors contiguous(const char* op, Tensors list) {
  for (Tensor& tensor : list) {
    core::check_defined(op, tensor);
    tensor = ops::contiguous(op, tensor);
  }
  return list;
}

// The arrays of the variables of type T. A slot that is not used is an empty list, a null pointer each.
template <class T>
std::vector<kernels::OptimizerVariable<T>> arrays_of(const Tensors& variables, const Tensors& gradients,
                                                     const std::array<const Tensors*, 3>& slots) {
  std::vector<kernels::OptimizerVariable<T>> result;
  result.reserve(variables.size());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (variables[i].dtype() != dtype_of<T>) continue;
    kernels::OptimizerVariable<T> arrays{
        variables[i].numel(), variables[i].data<T>(), gradients[i].data<const T>(), {nullptr, nullptr, nullptr}};
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (slots[slot] != nullptr && !slots[slot]->empty()) arrays.slots[slot] = (*slots[slot])[i].data<T>();
    }
    result.push_back(arrays);
  }
  return result;
}

// Checks all lists, then calls body(arrays) for the float32 and for the float64 variables.
template <class Body>
void for_each_type(const char* op, const Tensors& variables, const Tensors& gradients,
                   const std::array<const Tensors*, 3>& slots, const Body& body) {
  const NoGrad no_grad;
  const Tensors contiguous_gradients = contiguous(op, gradients);
  check_list(op, variables, contiguous_gradients);
  for (const Tensors* slot : slots) {
    if (slot != nullptr && !slot->empty()) check_list(op, variables, *slot);
  }
  const auto run = [&]<class T>(T) {
    const auto arrays = arrays_of<T>(variables, contiguous_gradients, slots);
    if (!arrays.empty()) body(std::span<const kernels::OptimizerVariable<T>>(arrays));
  };
  run(float{});
  run(double{});
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

using detail::check_number;
using detail::Range;

void check_rates(const char* op, double learning_rate, double decay) {
  check_number(op, "learning_rate", learning_rate, Range::finite);
  check_number(op, "decay", decay, Range::finite);
}

// A slot that the settings call for must be given.
void require(const char* op, bool needed, const char* slot, const Tensors& list) {
  if (needed && list.empty()) throw ValueError(std::string(op) + ": " + slot + " must be given");
}

}  // namespace

void sgd_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities, const SgdStep& step) {
  check_rates("sgd_update", step.learning_rate, step.decay);
  check_number("sgd_update", "momentum", step.momentum, Range::finite);
  require("sgd_update", step.momentum != 0 && !variables.empty(), "velocities", velocities);
  for_each_type("sgd_update", variables, gradients, {&velocities, nullptr, nullptr},
                [&]<class T>(std::span<const kernels::OptimizerVariable<T>> arrays) {
                  kernels::sgd_update<T>(arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                                  static_cast<T>(step.momentum), step.nesterov});
                });
}

void adam_update(const Tensors& variables, const Tensors& gradients, const Tensors& momentums,
                 const Tensors& velocities, const Tensors& largest, const AdamStep& step) {
  check_rates("adam_update", step.learning_rate, step.decay);
  check_number("adam_update", "beta_1", step.beta_1, Range::from_0_to_1);
  check_number("adam_update", "beta_2", step.beta_2, Range::from_0_to_1);
  check_number("adam_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("adam_update", !variables.empty(), "momentums", momentums);
  require("adam_update", !variables.empty(), "velocities", velocities);
  for_each_type("adam_update", variables, gradients, {&momentums, &velocities, &largest},
                [&]<class T>(std::span<const kernels::OptimizerVariable<T>> arrays) {
                  kernels::adam_update<T>(arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay),
                                                   static_cast<T>(1 - step.beta_1), static_cast<T>(1 - step.beta_2),
                                                   guard<T>(step.epsilon)});
                });
}

void rmsprop_update(const Tensors& variables, const Tensors& gradients, const Tensors& velocities,
                    const Tensors& momentums, const Tensors& averages, const RmspropStep& step) {
  check_rates("rmsprop_update", step.learning_rate, step.decay);
  check_number("rmsprop_update", "rho", step.rho, Range::from_0_to_1);
  check_number("rmsprop_update", "momentum", step.momentum, Range::finite);
  check_number("rmsprop_update", "epsilon", step.epsilon, Range::finite_and_not_negative);
  require("rmsprop_update", !variables.empty(), "velocities", velocities);
  for_each_type("rmsprop_update", variables, gradients, {&velocities, &momentums, &averages},
                [&]<class T>(std::span<const kernels::OptimizerVariable<T>> arrays) {
                  kernels::rmsprop_update<T>(
                      arrays, {limited<T>(step.learning_rate), limited<T>(1 - step.decay), static_cast<T>(step.rho),
                               static_cast<T>(step.momentum), guard<T>(step.epsilon)});
                });
}

}  // namespace xtape
