#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <xtape/detail/position_text.hpp>
#include <xtape/tensor.hpp>

#include "core/number_format.hpp"
#include "core/tensor_impl.hpp"

// Elements that an operation refuses.
namespace xtape::ops {

// The first of contiguous elements of x that `refused` is true for; null if there is none.
template <class T, class Refused>
const T* find_element(const Tensor& x, const Refused& refused) {
  const T* begin = core::elements<const T>(x);
  const T* found = std::find_if(begin, begin + x.numel(), refused);
  return found == begin + x.numel() ? nullptr : found;
}

// "index 7 at position 3"
template <class T>
std::string element_text(const std::string& what, const Tensor& x, const T* element) {
  std::string number;
  if constexpr (std::is_floating_point_v<T>) {
    number = core::scalar_text(*element);
  } else {
    number = std::to_string(*element);
  }
  return what + " " + number + " at position " + detail::position_text(element - core::elements<const T>(x), x.shape());
}

}  // namespace xtape::ops
