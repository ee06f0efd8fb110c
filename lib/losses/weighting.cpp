#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {

std::pair<Tensor, Tensor> to_same_rank(const Tensor& y_true, const Tensor& y_pred) {
  if (y_true.rank() == y_pred.rank() + 1 && y_true.shape(-1) == 1) {
    return {y_true.squeeze(-1), y_pred};
  }
  if (y_pred.rank() == y_true.rank() + 1 && y_pred.shape(-1) == 1) {
    if (y_true.rank() == 1) return {y_true.expand_dims(-1), y_pred};
    return {y_true, y_pred.squeeze(-1)};
  }
  return {y_true, y_pred};
}

Tensor weights_for(const Tensor& values, const Tensor& weights, const char* operation) {
  Tensor result = weights.astype(values.dtype());
  if (result.rank() == values.rank() + 1 && result.shape(-1) == 1) result = result.squeeze(-1);
  while (result.rank() > 0 && result.rank() < values.rank()) result = result.expand_dims(-1);
  bool fits = result.rank() <= values.rank();
  for (int axis = 0; fits && axis < result.rank(); ++axis) {
    fits = result.shape(axis) == 1 || result.shape(axis) == values.shape(axis);
  }
  if (!fits) {
    throw ShapeError(std::string(operation) + ": sample_weight " + weights.shape().str() +
                     " does not fit values of shape " + values.shape().str());
  }
  return result;
}

}  // namespace xtape::detail
