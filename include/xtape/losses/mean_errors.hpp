#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// mean((y_true - y_pred)^2) over the last axis, which is dropped. @throws ShapeError if shapes differ, but for an axis
/// of length 1 that one of them ends with and the other lacks, or if that axis has no elements.
XTAPE_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// mean(|y_true - y_pred|) over the last axis. @throws as mean_squared_error.
XTAPE_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);
/// 100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7)) over the last axis. @throws as mean_squared_error.
XTAPE_API Tensor mean_absolute_percentage_error(const Tensor& y_true, const Tensor& y_pred);
/// mean((log(1 + y_true) - log(1 + y_pred))^2) over the last axis, where numbers below 1e-7 count as 1e-7.
/// @throws as mean_squared_error.
XTAPE_API Tensor mean_squared_logarithmic_error(const Tensor& y_true, const Tensor& y_pred);

/// mean_squared_error, reduced.
class XTAPE_API MeanSquaredError : public Loss {
 public:
  explicit MeanSquaredError(LossOptions options = {});
};

/// mean_absolute_error, reduced.
class XTAPE_API MeanAbsoluteError : public Loss {
 public:
  explicit MeanAbsoluteError(LossOptions options = {});
};

/// mean_absolute_percentage_error, reduced.
class XTAPE_API MeanAbsolutePercentageError : public Loss {
 public:
  explicit MeanAbsolutePercentageError(LossOptions options = {});
};

/// mean_squared_logarithmic_error, reduced.
class XTAPE_API MeanSquaredLogarithmicError : public Loss {
 public:
  explicit MeanSquaredLogarithmicError(LossOptions options = {});
};

}  // namespace xtape::losses
