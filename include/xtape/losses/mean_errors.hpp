#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// mean((y_true - y_pred)^2) over the last axis, which is dropped. @throws ShapeError if shapes differ, but for an axis
/// of length 1 that one of them ends with and the other lacks, or if that axis has no elements.
XTAPE_API Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred);
/// mean(|y_true - y_pred|) over the last axis. @throws as mean_squared_error.
XTAPE_API Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred);

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

}  // namespace xtape::losses
