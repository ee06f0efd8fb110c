#include <sstream>
#include <string>
#include <string_view>
#include <xtape/detail/position_text.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/host_callback.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/program.hpp>

namespace xtape::detail {
namespace {

// Calls check(values, shape) with the elements in row-major order.
template <class Check>
void with_elements(const Tensor& x, const Check& check) {
  const Tensor dense = values_to_check(x);
  switch (dense.dtype()) {
    case DType::bool_:
      return check(dense.data<const bool>(), dense.shape());
    case DType::uint8:
      return check(dense.data<const uint8_t>(), dense.shape());
    case DType::int32:
      return check(dense.data<const int32_t>(), dense.shape());
    case DType::int64:
      return check(dense.data<const int64_t>(), dense.shape());
    case DType::float32:
      return check(dense.data<const float>(), dense.shape());
    case DType::float64:
      return check(dense.data<const double>(), dense.shape());
  }
}

template <class Number>
std::string element_text(Number value, int64_t index, const Shape& shape) {
  std::ostringstream text;
  text << +value << " at position " << position_text(index, shape);
  return text.str();
}

}  // namespace

void check_probabilities(const char* operation, const Tensor& targets) {
  if (targets.dtype() == bool_) return;
  if (is_capturing()) {
    // There are no elements yet: each run checks its own. A copy, since a callback counts as one that changes them.
    const std::string name = operation;
    host_callback([name](const Tensor& x) { check_probabilities(name.c_str(), x); }, targets.detach().clone());
    return;
  }
  // What weighted means of 0 and 1 in float32 may exceed them by.
  constexpr double rounding = 1e-5;
  with_elements(targets, [&]<class T>(const T* values, const Shape& shape) {
    const int64_t count = shape.numel();
    const auto inside = [](T value) {
      return value >= static_cast<T>(-rounding) && value <= static_cast<T>(1 + rounding);
    };
    bool all = true;
    for (int64_t i = 0; i < count; ++i) all &= inside(values[i]);
    if (all) return;
    int64_t i = 0;
    while (inside(values[i])) ++i;
    throw ValueError(std::string(operation) + ": target " + element_text(values[i], i, shape) +
                     " is outside [0, 1]; scale the targets (labels -1 and 1: (y + 1) / 2, bytes: y / 255), or use "
                     "sparse_categorical_crossentropy for the numbers of classes, mse for other numbers");
  });
}

void check_defined(const char* operation, const Tensor& y_true, const Tensor& y_pred) {
  if (!y_true.defined() || !y_pred.defined()) {
    throw ValueError(std::string(operation) + ": " + (y_true.defined() ? "y_pred" : "y_true") + " is undefined");
  }
}

void check_same_shape(const char* operation, const Tensor& y_true, const Tensor& y_pred) {
  check_defined(operation, y_true, y_pred);
  check_same_shape(operation, y_true.shape(), y_pred.shape());
}

void check_same_shape(const char* operation, const Shape& y_true, const Shape& y_pred) {
  if (y_true == y_pred) {
    if (y_pred.rank() == 0 || y_pred.back() > 0) return;
    throw ShapeError(std::string(operation) + ": the last axis of predictions " + y_pred.str() + " has no elements");
  }
  const bool labels = y_true.rank() == y_pred.rank() - 1 || (y_true.rank() == y_pred.rank() && y_true.back() == 1);
  const bool categorical = std::string_view(operation).find("categorical") != std::string_view::npos;
  throw ShapeError(std::string(operation) + ": shapes differ: y_true " + y_true.str() + ", y_pred " + y_pred.str() +
                   (labels && categorical ? "; for labels use sparse_" + std::string(operation) : ""));
}

Tensor mean_of_last_axis(const Tensor& values) { return values.rank() == 0 ? values : mean(values, -1); }

}  // namespace xtape::detail
