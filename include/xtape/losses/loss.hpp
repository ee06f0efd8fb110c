#pragma once

#include <functional>
#include <memory>
#include <string>
#include <xtape/tensor.hpp>
#include <xtape/utils/name_or.hpp>

namespace xtape::losses {

/// A measure of how far predictions are from targets, to be minimized.
///
/// `call` gives one value per sample (or per element of a sequence); `operator()` weighs and reduces them:
/// - "sum_over_batch_size" (default) and "mean": the sum divided by the number of values,
/// - "mean_with_sample_weight": the sum divided by the sum of the weights,
/// - "sum", "none".
class XTAPE_API Loss {
 public:
  /// @throws ValueError for an unknown reduction.
  explicit Loss(std::string name, std::string reduction = "sum_over_batch_size");
  virtual ~Loss() = default;

  /// The reduced loss. If the ranks of `y_true` and `y_pred` differ by one and the longer shape ends with 1,
  /// that axis does not count. `sample_weight` [batch] or of the shape of the values, or undefined.
  /// @throws ShapeError if shapes do not fit.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const;
  /// The values before reduction.
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Checks all targets of a training before it starts. @throws IndexError for a label outside [0, classes),
  /// where the loss takes labels.
  virtual void check_targets(const Tensor& y_true, const Shape& prediction_shape) const;

  const std::string& name() const { return name_; }
  const std::string& reduction() const { return reduction_; }

  /// The loss of that name with its defaults: "mean_squared_error" ("mse"), "mean_absolute_error" ("mae"),
  /// "binary_crossentropy" ("bce"), "categorical_crossentropy", "sparse_categorical_crossentropy", or a class
  /// name ("MeanSquaredError"). @throws ValueError for an unknown name.
  static std::shared_ptr<Loss> from_name(const std::string& name);

 private:
  std::string name_;
  std::string reduction_;
};

/// Settings of the losses without settings of their own.
struct LossOptions {
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};
};

/// A loss of one's own: a function of (y_true, y_pred) that returns one value per sample.
class XTAPE_API LossFunction : public Loss {
 public:
  LossFunction(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function,
               std::string reduction = "sum_over_batch_size")
      : Loss(std::move(name), std::move(reduction)), function_(std::move(function)) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return function_(y_true, y_pred); }

 private:
  std::function<Tensor(const Tensor&, const Tensor&)> function_;
};

}  // namespace xtape::losses
