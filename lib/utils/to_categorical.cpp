#include <algorithm>
#include <limits>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/utils/to_categorical.hpp>

namespace xtape::utils {

Tensor to_categorical(const Tensor& labels, int64_t num_classes) {
  const bool trailing_one = labels.rank() > 1 && labels.shape(-1) == 1;
  const Tensor indices = detail::whole_numbers("to_categorical: label", trailing_one ? labels.squeeze(-1) : labels);
  if (num_classes != -1) {
    detail::check_at_least(1, "to_categorical", "num_classes", num_classes);
    return one_hot(indices, num_classes);
  }
  const int64_t largest = indices.max().item<int64_t>();
  // The type has no number above its last one, and a tensor not so many classes.
  return one_hot(indices, std::min(largest, std::numeric_limits<int64_t>::max() - 1) + 1);
}

}  // namespace xtape::utils
