#pragma once

#include <xtape/losses/loss.hpp>

namespace xtape::losses {

/// mean(max(1 - y_true * y_pred, 0)) over the last axis, for labels -1 and 1; where all are 0 or 1, 0 means -1. Made
/// for predictions of any size, as of a Dense without activation. @throws ValueError for a label outside [-1, 1],
/// naming the first one; ShapeError as mean_squared_error.
XTAPE_API Tensor hinge(const Tensor& y_true, const Tensor& y_pred);
/// mean(max(1 - y_true * y_pred, 0)^2) over the last axis, for labels as those of hinge. @throws as hinge.
XTAPE_API Tensor squared_hinge(const Tensor& y_true, const Tensor& y_pred);
/// max(1 + max((1 - y_true) * y_pred) - sum(y_true * y_pred), 0) over the last axis, for targets such as one-hot rows.
/// Source: Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector machines, 2001, but
/// for the target's own 0 among the others. @throws ShapeError if shapes differ, or for no class.
XTAPE_API Tensor categorical_hinge(const Tensor& y_true, const Tensor& y_pred);

/// hinge, reduced.
class XTAPE_API Hinge : public Loss {
 public:
  explicit Hinge(LossOptions options = {});
};

/// squared_hinge, reduced.
class XTAPE_API SquaredHinge : public Loss {
 public:
  explicit SquaredHinge(LossOptions options = {});
};

/// categorical_hinge, reduced.
class XTAPE_API CategoricalHinge : public Loss {
 public:
  explicit CategoricalHinge(LossOptions options = {});
};

}  // namespace xtape::losses
