#include <algorithm>
#include <limits>
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

// What a check of targets allows, and what an error says to do.
struct Bounds {
  double low, high;
  const char* text;
  const char* cure;
};

void check_between(const std::string& operation, const Tensor& targets, const Bounds& bounds) {
  if (targets.dtype() == bool_) return;
  if (is_capturing()) {
    // There are no elements yet: each run checks its own. A copy, since a callback counts as one that changes them.
    host_callback([operation, bounds](const Tensor& x) { check_between(operation, x, bounds); },
                  targets.detach().clone());
    return;
  }
  // What weighted means of 0 and 1 in float32 may exceed them by.
  constexpr double rounding = 1e-5;
  with_elements(targets, [&]<class T>(const T* values, const Shape& shape) {
    const int64_t count = shape.numel();
    const double least = static_cast<double>(std::numeric_limits<T>::lowest());
    const T low = static_cast<T>(std::max(bounds.low - rounding, least)), high = static_cast<T>(bounds.high + rounding);
    const auto inside = [low, high](T value) { return value >= low && value <= high; };
    bool all = true;
    for (int64_t i = 0; i < count; ++i) all &= inside(values[i]);
    if (all) return;
    int64_t i = 0;
    while (inside(values[i])) ++i;
    throw ValueError(operation + ": target " + element_text(values[i], i, shape) + " is outside " + bounds.text +
                     bounds.cure);
  });
}

bool is_of(std::string_view operation, std::string_view kind) { return operation.find(kind) != std::string_view::npos; }

// What to do with labels where `operation` takes a target for each of so many predictions.
std::string cure_for_labels(std::string_view operation, int64_t columns) {
  const std::string classes = "labels of " + std::to_string(columns) + " classes use ";
  if (operation == "binary_crossentropy" || operation == "binary_accuracy") {
    return "; for labels 0 and 1 end the model with Dense(1), for " + classes + "sparse_categorical_" +
           std::string(operation.substr(std::string_view("binary_").size()));
  }
  if (!is_of(operation, "categorical")) {
    return "; for " + classes +
           "to_categorical and categorical_crossentropy, for one number each end the model with Dense(1)";
  }
  for (const std::string_view known :
       {"categorical_crossentropy", "categorical_accuracy", "top_k_categorical_accuracy"}) {
    if (operation == known) return "; for labels use sparse_" + std::string(operation) + ", or to_categorical";
  }
  return "; for labels use to_categorical";
}

// The same where targets have another number of columns.
std::string cure_for_columns(std::string_view operation, int64_t given, int64_t columns) {
  const std::string more = std::to_string(given), dense = "Dense(" + more + ")";
  if (is_of(operation, "categorical")) {
    return "; to_categorical(labels, " + std::to_string(columns) + ") makes targets of " + std::to_string(columns) +
           " classes, " + dense + " predictions of " + more;
  }
  if (is_of(operation, "binary") && columns == 1) {
    return "; for one-hot targets of " + more + " classes use " + dense + ", a softmax and categorical_crossentropy";
  }
  return "; for targets of " + more + " columns end the model with " + dense;
}

// Where the shapes differ in their last axis alone, or the targets have none for it.
std::string cure_for_shapes(std::string_view operation, const Shape& y_true, const Shape& y_pred) {
  const int rank = y_pred.rank();
  if (rank < 2 || y_true.rank() > rank || y_true.rank() < rank - 1) return "";
  for (int axis = 0; axis < rank - 1; ++axis) {
    if (y_true[axis] != y_pred[axis]) return "";
  }
  if (y_true.rank() < rank || y_true.back() == 1) return cure_for_labels(operation, y_pred.back());
  return y_true.back() > 0 && y_pred.back() > 0 ? cure_for_columns(operation, y_true.back(), y_pred.back()) : "";
}

}  // namespace

void check_probabilities(const char* operation, const Tensor& targets) {
  check_between(operation, targets,
                {0, 1, "[0, 1]",
                 "; scale the targets (labels -1 and 1: (y + 1) / 2, bytes: y / 255), or use "
                 "sparse_categorical_crossentropy for the numbers of classes, mse for other numbers"});
}

void check_signs(const char* operation, const Tensor& targets) {
  check_between(operation, targets,
                {-1, 1, "[-1, 1]",
                 "; labels are -1 and 1, or 0 and 1; for the numbers of classes use to_categorical and "
                 "categorical_hinge"});
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
  throw ShapeError(std::string(operation) + ": shapes differ: y_true " + y_true.str() + ", y_pred " + y_pred.str() +
                   cure_for_shapes(operation, y_true, y_pred));
}

Tensor mean_of_last_axis(const Tensor& values) { return values.rank() == 0 ? values : mean(values, -1); }

}  // namespace xtape::detail
