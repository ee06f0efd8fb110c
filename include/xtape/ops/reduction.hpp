#pragma once

#include <xtape/tensor.hpp>

namespace xtape {

/// Reductions as NumPy's of these names, over all axes, one, or several; `keepdims` keeps reduced axes with length 1.
/// @throws IndexError for an axis out of range, ValueError for one given twice.

/// Bool and integers are summed as int64. 0 for no elements.
XTAPE_API Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Bool and uint8 give float32 (NumPy: float64), int32 and int64 float64, as do var, std and logsumexp. NaN for no
/// elements.
XTAPE_API Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// The mean squared deviation: sum((x - mean(x))^2) / max(count - ddof, 0), with the count of elements reduced to one.
/// `ddof` 0 is NumPy's default; 1 gives the unbiased estimate from a sample. A divisor of 0 gives NaN, or infinity
/// where the elements differ, as NumPy's. Result types as mean's.
XTAPE_API Tensor var(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int ddof = 0);
/// The square root of var; the derivative at equal elements is 0. `using namespace xtape` leaves `std` ambiguous, the
/// namespace std being everywhere: write x.std() or xtape::std(x).
XTAPE_API Tensor std(const Tensor& x, const Axes& axes = {}, bool keepdims = false, int ddof = 0);  // or x.std()
/// Bool and integers are multiplied as int64. 1 for no elements.
XTAPE_API Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// The largest element; equal largest elements share the gradient evenly. NaN if any is, which then get the gradient.
/// @throws ShapeError where there are none to choose from.
XTAPE_API Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// The smallest element; as max.
XTAPE_API Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// log(sum(exp(x))), computed without overflow (`scipy.special.logsumexp`). Elements that are all -infinity give it,
/// with the derivative 0. Result types as mean's. @throws ShapeError where there are no elements.
XTAPE_API Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// The first position of the largest element along `axis`, or of the first NaN, as int64. @throws IndexError if `axis`,
/// which may be negative, is out of range; ShapeError where there are no elements to choose from.
XTAPE_API Tensor argmax(const Tensor& x, Axis axis, bool keepdims = false);
/// The first position of the smallest element along `axis`, or of the first NaN, as int64. @throws as argmax.
XTAPE_API Tensor argmin(const Tensor& x, Axis axis, bool keepdims = false);
/// Whether any (all) elements are non-zero, NaN too; bool. Of no elements false (true).
XTAPE_API Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
XTAPE_API Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace xtape
