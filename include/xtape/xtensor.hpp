#pragma once

/// The bridge to xtensor, and the only header of xtape that includes it: programs that do not include this
/// file need no xtensor. It works with xtensor 0.24 and newer.

#if __has_include(<xtensor/containers/xarray.hpp>)
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xnoalias.hpp>
#include <xtensor/views/xstrided_view.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/ops/creation.hpp>
#include <xtape/tensor.hpp>

namespace xtape {
namespace detail {

/// Whether an xtensor type owns its elements, so that they can be taken over with it.
template <class E>
inline constexpr bool owns_elements = false;
template <class Storage, xt::layout_type layout, class Shape, class Tag>
inline constexpr bool owns_elements<xt::xarray_container<Storage, layout, Shape, Tag>> = true;
template <class Storage, std::size_t rank, xt::layout_type layout, class Tag>
inline constexpr bool owns_elements<xt::xtensor_container<Storage, rank, layout, Tag>> = true;

template <class E>
xtape::Shape shape_of(const E& expression) {
  xtape::Shape shape;
  for (const auto length : expression.shape()) shape.push_back(static_cast<int64_t>(length));
  return shape;
}

}  // namespace detail

/// The value types that a Tensor can hold: bool, uint8_t, int32_t, int64_t, float and double.
template <class T>
concept TensorElement = requires {
  detail::DTypeOf<T>::value;
};

/// A Tensor with the values of an xtensor expression, of its value type (xt::cast<float>(...) converts).
///
/// A temporary or moved xt::xarray or xt::xtensor in row-major order is taken over without a copy; any other
/// expression is evaluated straight into the Tensor's memory.
/// @throws ShapeError for more than 32 dimensions.
template <class E>
requires xt::is_xexpression<std::decay_t<E>>::value && TensorElement<typename std::decay_t<E>::value_type> Tensor
from_xtensor(E&& expression) {
  using Expression = std::decay_t<E>;
  using T = typename Expression::value_type;
  const Shape shape = detail::shape_of(expression);
  if constexpr (detail::owns_elements<Expression> && std::is_same_v<E, Expression>) {
    if (expression.layout() == xt::layout_type::row_major) {
      const auto owner = std::make_shared<Expression>(std::move(expression));
      return borrow_data(owner->data(), shape, [owner] {});
    }
  }
  const Tensor tensor = empty(shape, dtype_of<T>);
  auto target = xt::adapt(tensor.data<T>(), static_cast<std::size_t>(tensor.numel()), xt::no_ownership(),
                          std::vector<std::size_t>(shape.begin(), shape.end()));
  xt::noalias(target) = expression;
  return tensor;
}

/// A Tensor's elements as an xtensor view, without a copy: it can be read, assigned to in place and used in any
/// expression of xtensor. It holds the Tensor, so that its memory lives as long as the view.
///
/// `as_xtensor<const float>(x)` only reads. `as_xtensor<float>(x)` may be written through, and counts as one
/// change of `x` when it is called: a backward that has saved `x` before will refuse to run. What is written
/// through it is not recorded on the tape.
/// @throws as Tensor::data: DTypeError if T is not the tensor's type; for writing AutogradError where in-place change
/// is refused, ValueError on a result of broadcast_to.
template <class T>
requires TensorElement<std::remove_const_t<T>>
auto as_xtensor(const Tensor& tensor) {
  T* first = tensor.data<T>();
  // Not xt::dynamic_shape, which xtensor 0.24 takes for a fixed rank where it is compiled as C++20.
  std::vector<std::size_t> shape;
  std::vector<std::ptrdiff_t> strides;
  // How far elements lie before and behind the first one.
  std::ptrdiff_t before = 0, behind = tensor.numel() > 0 ? 1 : 0;
  for (std::size_t i = 0; i < tensor.shape().size(); ++i) {
    const int64_t length = tensor.shape()[i];
    shape.push_back(static_cast<std::size_t>(length));
    // xtensor's convention for axes without neighbours.
    strides.push_back(length == 1 ? 0 : static_cast<std::ptrdiff_t>(tensor.strides()[i]));
    const std::ptrdiff_t reach = std::max<std::ptrdiff_t>(length - 1, 0) * strides.back();
    (reach < 0 ? before : behind) += reach < 0 ? -reach : reach;
  }
  using Buffer = xt::xbuffer_adaptor<T*, xt::smart_ownership, std::shared_ptr<const Tensor>>;
  using Line = xt::xarray_adaptor<Buffer, xt::layout_type::row_major, std::vector<std::size_t>>;
  const auto extent = static_cast<std::size_t>(before + behind);
  Line line(Buffer(first - before, extent, std::make_shared<const Tensor>(tensor)), typename Line::shape_type{extent});
  const auto layout = tensor.is_contiguous() ? xt::layout_type::row_major : xt::layout_type::dynamic;
  return xt::strided_view(std::move(line), std::move(shape), std::move(strides), static_cast<std::size_t>(before),
                          layout);
}

}  // namespace xtape
