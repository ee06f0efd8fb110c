#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// Mean over the last axis of e^2 / 2 where |e| <= delta, and delta * |e| - delta^2 / 2 elsewhere, for e = y_pred -
/// y_true. Source: Huber, Robust estimation of a location parameter, 1964. @throws ValueError unless delta is positive
/// and finite, or as mean_squared_error.
XTAPE_API Tensor huber(const Tensor& y_true, const Tensor& y_pred, double delta = 1);
/// mean(log(cosh(y_pred - y_true))) over the last axis: nearly e^2 / 2 for small errors, |e| - log(2) for large ones.
/// @throws as mean_squared_error.
XTAPE_API Tensor log_cosh(const Tensor& y_true, const Tensor& y_pred);

struct HuberOptions {
  /// Where the loss goes over from a square to a line; positive.
  double delta = 1;
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// huber, reduced. @throws ValueError unless delta is positive and finite, or for an unknown reduction.
class XTAPE_API Huber : public Loss {
 public:
  explicit Huber(HuberOptions options = {});
};

/// log_cosh, reduced.
class XTAPE_API LogCosh : public Loss {
 public:
  explicit LogCosh(LossOptions options = {});
};

}  // namespace xtape::losses
