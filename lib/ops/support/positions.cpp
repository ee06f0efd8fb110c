#include "ops/support/positions.hpp"

#include <algorithm>
#include <string>
#include <xtape/error.hpp>

#include "core/checks.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::ops {
namespace {

Tensor dense_integers(const char* operation, const char* what, const Tensor& x) {
  core::check_defined(operation, x);
  if (!is_integer(x.dtype())) {
    throw DTypeError(std::string(operation) + ": expected integer " + what + ", got " + name(x.dtype()));
  }
  return x.astype(int64).contiguous();
}

}  // namespace

Tensor positions(const char* operation, const Tensor& indices, int64_t length) {
  Tensor dense = dense_integers(operation, "indices", indices);
  const auto* begin = core::elements<const int64_t>(dense);
  const auto* end = begin + dense.numel();
  const auto* outside = std::find_if(begin, end, [=](int64_t index) { return index < -length || index >= length; });
  if (outside != end) {
    throw IndexError(std::string(operation) + ": index " + std::to_string(*outside) +
                     " is out of range for an axis of length " + std::to_string(length));
  }
  if (std::none_of(begin, end, [](int64_t index) { return index < 0; })) return dense;
  Tensor counted = core::make_tensor(indices.shape(), int64);
  std::transform(begin, end, core::elements<int64_t>(counted),
                 [=](int64_t index) { return index < 0 ? index + length : index; });
  return counted;
}

Tensor checked_labels(const char* operation, const Tensor& labels, int64_t classes) {
  Tensor result = dense_integers(operation, "labels", labels);
  const auto* begin = core::elements<const int64_t>(result);
  const auto* end = begin + result.numel();
  const auto* outside = std::find_if(begin, end, [=](int64_t label) { return label < 0 || label >= classes; });
  if (outside != end) {
    throw IndexError(std::string(operation) + ": label " + std::to_string(*outside) + " is outside [0, " +
                     std::to_string(classes) + ")");
  }
  return result;
}

}  // namespace xtape::ops
