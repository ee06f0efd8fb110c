#include <xtape/ops/indexing.hpp>
#include <xtape/utils/to_categorical.hpp>

namespace xtape::utils {

Tensor to_categorical(const Tensor& labels, int64_t num_classes) {
  const bool trailing_one = labels.rank() > 1 && labels.shape(-1) == 1;
  const Tensor indices = (trailing_one ? labels.squeeze(-1) : labels).astype(int64);
  return one_hot(indices, num_classes < 0 ? indices.max().item<int64_t>() + 1 : num_classes);
}

}  // namespace xtape::utils
