#include "ops/optimizers/update_checks.hpp"

#include <cstddef>
#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>

#include "core/checks.hpp"
#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::ops {

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

void require(const char* op, bool needed, const char* slot, const Tensors& list) {
  if (needed && list.empty()) throw ValueError(std::string(op) + ": " + slot + " must be given");
}

void check_rates(const char* op, const Tensor& rates, int64_t numbers) {
  if (!rates.defined()) return;
  if (rates.shape() != Shape{numbers} && rates.shape() != Shape{numbers + 1}) {
    throw ShapeError(std::string(op) + ": rates must have shape [" + std::to_string(numbers) + "], or [" +
                     std::to_string(numbers + 1) + "] with whether the step takes place, given " + rates.shape().str());
  }
  if (rates.dtype() != DType::float64) {
    throw DTypeError(std::string(op) + ": rates must be float64, given " + name(rates.dtype()));
  }
}

Tensors contiguous_list(const char* op, Tensors list) {
  const NoGrad no_grad;
  for (Tensor& tensor : list) {
    core::check_defined(op, tensor);
    tensor = ops::contiguous(op, tensor);
  }
  return list;
}

}  // namespace xtape::ops
