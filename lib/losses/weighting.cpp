#include <xtape/detail/logits.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/error.hpp>

namespace xtape::detail {
namespace {

enum class Change { none, squeeze, expand };

// What becomes of the longer shape's last axis: it goes, or the other one gets such an axis too.
Change change(const Shape& longer, const Shape& shorter) {
  if (longer.rank() != shorter.rank() + 1 || longer.back() != 1) return Change::none;
  return shorter.rank() == 1 ? Change::expand : Change::squeeze;
}

// What `reshape` makes of x, behind which a loss may look as it does behind x.
template <class Reshape>
void replace(Tensor& x, const Reshape& reshape) {
  const Tensor logits = logits_of(x, Probability::sigmoid);
  x = reshape(x);
  if (logits.defined()) attach_logits(x, Probability::sigmoid, reshape(logits));
}

void meet(Tensor& longer, Tensor& shorter) {
  const Change needed = change(longer.shape(), shorter.shape());
  if (needed == Change::expand) replace(shorter, [](const Tensor& x) { return x.expand_dims(-1); });
  if (needed == Change::squeeze) replace(longer, [](const Tensor& x) { return x.squeeze(-1); });
}

void meet(Shape& longer, Shape& shorter) {
  const Change needed = change(longer, shorter);
  if (needed == Change::expand) shorter.push_back(1);
  if (needed == Change::squeeze) longer.pop_back();
}

template <class T>
std::pair<T, T> met(T a, T b) {
  meet(a, b);
  meet(b, a);
  return {std::move(a), std::move(b)};
}

}  // namespace

std::pair<Tensor, Tensor> to_same_rank(const Tensor& a, const Tensor& b) { return met(a, b); }

std::pair<Shape, Shape> to_same_rank(const Shape& y_true, const Shape& y_pred) { return met(y_true, y_pred); }

std::pair<Tensor, Tensor> with_weights(const Tensor& values, const Tensor& weights, const char* operation) {
  auto [result, fitted] = to_same_rank(values, weights.astype(values.dtype()));
  while (fitted.rank() > 0 && fitted.rank() < result.rank()) fitted = fitted.expand_dims(-1);
  bool fits = fitted.rank() <= result.rank();
  for (int axis = 0; fits && axis < fitted.rank(); ++axis) {
    fits = fitted.shape(axis) == 1 || fitted.shape(axis) == result.shape(axis);
  }
  if (!fits) {
    throw ShapeError(std::string(operation) + ": sample_weight " + weights.shape().str() +
                     " does not fit values of shape " + values.shape().str());
  }
  return {result, fitted};
}

}  // namespace xtape::detail
