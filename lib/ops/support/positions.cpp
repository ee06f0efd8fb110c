#include "ops/support/positions.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <xtape/detail/position_text.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/number_format.hpp"
#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {
namespace {

// The first of contiguous elements of x that `refused` is true for; null if there is none.
template <class T, class Refused>
const T* find_element(const Tensor& x, const Refused& refused) {
  const T* begin = core::elements<const T>(x);
  const T* found = std::find_if(begin, begin + x.numel(), refused);
  return found == begin + x.numel() ? nullptr : found;
}

template <class T>
bool is_whole(T number) {
  const auto value = static_cast<double>(number);
  return std::isfinite(value) && std::trunc(value) == value;
}

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

// Of elements that have to be whole and in `range`, which int64 holds: the latter is not checked here.
Tensor as_int64(const std::string& what, const Tensor& given, const std::string& range, const std::string& cure) {
  core::check_defined(what.c_str(), given);
  const Tensor x = detail::values_to_check(given);
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const T* refused = find_element<T>(x, [](T number) { return !Scalar(number).fits<int64_t>(); });
    if (!refused) return;
    if (is_whole(*refused)) throw IndexError(element_text(what, x, refused) + " is outside " + range + cure);
    throw ValueError(element_text(what, x, refused) + " is not a whole number" + cure);
  });
  return ops::contiguous(what.c_str(), ops::converted(what.c_str(), given.detach(), int64));
}

}  // namespace

Tensor detail::values_to_check(const Tensor& x) {
  const Tensor values = autograd::without_lifts(x);
  return core::impl(values)->contiguous ? values : ops::copied("contiguous", values);
}

Tensor detail::whole_numbers(const std::string& what, const Tensor& x, const std::string& cure) {
  return as_int64(what, x, "the range of int64", cure);
}

Tensor detail::whole_numbers_below(const std::string& what, const Tensor& given, int64_t limit,
                                   const std::string& cure) {
  const std::string range = "[0, " + std::to_string(limit) + ")";
  const Tensor x = as_int64(what, given, range, cure);
  const Tensor values = values_to_check(x);
  const int64_t* outside =
      find_element<int64_t>(values, [=](int64_t number) { return number < 0 || number >= limit; });
  if (outside) throw IndexError(element_text(what, values, outside) + " is outside " + range + cure);
  return x;
}

void ops::check_integers(const char* operation, const char* what, const Tensor& x) {
  core::check_defined(operation, x);
  if (!is_integer(x.dtype())) {
    throw DTypeError(std::string(operation) + ": expected integer " + what + ", got " + name(x.dtype()));
  }
}

Tensor ops::positions(const char* operation, const Tensor& indices, int64_t length) {
  check_integers(operation, "indices", indices);
  const Tensor x = ops::contiguous(operation, ops::converted(operation, indices, int64));
  const Tensor values = detail::values_to_check(x);
  const int64_t* outside =
      find_element<int64_t>(values, [=](int64_t index) { return index < -length || index >= length; });
  if (outside) {
    throw IndexError(element_text(std::string(operation) + ": index", values, outside) +
                     " is out of range for an axis of length " + std::to_string(length));
  }
  const bool counted_from_front = !find_element<int64_t>(values, [](int64_t index) { return index < 0; });
  return counted_from_front ? x : where(x < 0, x + length, x);
}

}  // namespace xtape
