#include "program/layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/tensor_impl.hpp"

namespace xtape::program {
namespace {

// Whether each element has a place of its own, as those of transposed, reversed and cut tensors have.
bool keeps_layout(const core::TensorImpl& x) {
  if (x.contiguous || x.repeats) return false;
  std::vector<std::pair<int64_t, int64_t>> axes;  // step, length
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (x.shape[i] > 1) axes.emplace_back(std::abs(x.strides[i]), x.shape[i]);
  }
  std::sort(axes.begin(), axes.end());
  int64_t reach = 0;
  for (const auto& [step, length] : axes) {
    if (step <= reach) return false;
    reach += step * (length - 1);
  }
  // One far apart from the next has no neighbours to be read with, and would take memory for what lies between.
  return reach < 4 * x.numel;
}

bool same_steps(const core::TensorImpl& a, const core::TensorImpl& b) {
  for (std::size_t i = 0; i < a.shape.size(); ++i) {
    if (a.shape[i] > 1 && a.strides[i] != b.strides[i]) return false;
  }
  return true;
}

}  // namespace

Tensor make_laid_out_as(const Tensor& x) {
  const core::TensorImpl& given = *core::impl(x);
  if (!keeps_layout(given)) return core::make_tensor(given.shape, given.dtype, "capture");
  int64_t first = 0, last = 0;
  for (std::size_t i = 0; i < given.shape.size(); ++i) {
    const int64_t reach = given.strides[i] * (given.shape[i] - 1);
    (reach < 0 ? first : last) += reach;
  }
  const Tensor memory = core::make_tensor({last - first + 1}, given.dtype, "capture");
  return core::make_view(memory, given.shape, given.strides, -first, "capture");
}

bool lies_as(const Tensor& x, const Tensor& stand_in) {
  const core::TensorImpl &given = *core::impl(x), &expected = *core::impl(stand_in);
  return given.contiguous ? expected.contiguous : !expected.contiguous && same_steps(given, expected);
}

bool would_lie_as(const Tensor& x, const Tensor& stand_in) {
  return keeps_layout(*core::impl(x)) ? lies_as(x, stand_in) : core::impl(stand_in)->contiguous;
}

}  // namespace xtape::program
