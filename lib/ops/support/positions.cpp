#include "ops/support/positions.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/number_format.hpp"
#include "core/tensor_impl.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// `2` or `[1, 2]`: where element `index` in row-major order stands in a tensor of that shape.
std::string position_text(int64_t index, const Shape& shape) {
  if (shape.rank() <= 1) return std::to_string(index);
  Shape position = shape;
  for (std::size_t axis = shape.size(); axis-- > 0; index /= shape[axis]) position[axis] = index % shape[axis];
  return position.str();
}

// The first of contiguous elements of x that `refused` is true for; null if there is none.
template <class T, class Refused>
const T* find_element(const Tensor& x, const Refused& refused) {
  const T* begin = core::elements<const T>(x);
  const T* found = std::find_if(begin, begin + x.numel(), refused);
  return found == begin + x.numel() ? nullptr : found;
}

template <class T>
std::string element_text(const std::string& what, const Tensor& x, const T* element) {
  std::string number;
  if constexpr (std::is_floating_point_v<T>) {
    number = core::scalar_text(*element);
  } else {
    number = std::to_string(*element);
  }
  return what + " " + number + " at position " +
         position_text(element - core::elements<const T>(x), x.shape());
}

}  // namespace

Tensor detail::whole_numbers(const std::string& what, const Tensor& given, const std::string& cure) {
  core::check_defined(what.c_str(), given);
  const Tensor x = ops::contiguous(what.c_str(), given.detach());
  core::switch_dtype(x.dtype(), [&]<class T>(T) {
    const T* fractional = find_element<T>(x, [](T number) { return !Scalar(number).fits<int64_t>(); });
    if (fractional) throw ValueError(element_text(what, x, fractional) + " is not a whole number" + cure);
  });
  return ops::converted(what.c_str(), x, int64);
}

Tensor detail::whole_numbers_below(const std::string& what, const Tensor& given, int64_t limit,
                                   const std::string& cure) {
  const Tensor x = whole_numbers(what, given, cure);
  const int64_t* outside = find_element<int64_t>(x, [=](int64_t number) { return number < 0 || number >= limit; });
  if (outside) {
    throw IndexError(element_text(what, x, outside) + " is outside [0, " + std::to_string(limit) + ")" + cure);
  }
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
  const int64_t* outside = find_element<int64_t>(x, [=](int64_t index) { return index < -length || index >= length; });
  if (outside) {
    throw IndexError(element_text(std::string(operation) + ": index", x, outside) +
                     " is out of range for an axis of length " + std::to_string(length));
  }
  if (!find_element<int64_t>(x, [](int64_t index) { return index < 0; })) return x;
  const Tensor counted = core::make_tensor(indices.shape(), int64, operation);
  const int64_t* begin = core::elements<const int64_t>(x);
  std::transform(begin, begin + x.numel(), core::elements<int64_t>(counted),
                 [=](int64_t index) { return index < 0 ? index + length : index; });
  return counted;
}

}  // namespace xtape
