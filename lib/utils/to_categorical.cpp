#include <algorithm>
#include <limits>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/utils/to_categorical.hpp>

namespace xtape::utils {

Tensor to_categorical(const Tensor& labels, Count num_classes) {
  const char* const cure = "; number the classes 0, 1, ... below num_classes";
  const Tensor whole = detail::whole_numbers("to_categorical: label", labels, cure);
  if (num_classes == -1) {
    if (whole.numel() == 0) throw ShapeError("to_categorical: there are no labels; give num_classes");
    // The type has no number above its last one, and a tensor not so many classes.
    const int64_t largest = std::min(whole.max().item<int64_t>(), std::numeric_limits<int64_t>::max() - 1);
    num_classes = std::max<int64_t>(largest, 0) + 1;
  }
  detail::check_at_least(1, "to_categorical", "num_classes", num_classes);
  const bool trailing_one = whole.rank() > 1 && whole.shape(-1) == 1;
  const Tensor positions = detail::whole_numbers_below("to_categorical: label", whole, num_classes, cure);
  return one_hot(trailing_one ? positions.squeeze(-1) : positions, num_classes);
}

}  // namespace xtape::utils
