#include "autograd/value_sketch.hpp"

#include <cmath>
#include <cstdint>

#include "autograd/lift.hpp"
#include "core/dtype_switch.hpp"

namespace xtape::autograd {

ValueSketch::ValueSketch(const Tensor& x) {
  // Far above the rounding of a deep network, and far below what an update changes.
  tolerance_ = x.dtype() == DType::float32 ? 1e-4 : 1e-10;
  const Tensor values = core::make_alias(without_lifts(x)).contiguous();
  core::switch_floating(values.dtype(), [&]<class T>(T) {
    const T* elements = core::elements<T>(values);
    for (int64_t i = 0; i < values.numel(); ++i) {
      if (!std::isfinite(elements[i])) continue;
      // The golden ratio's multiples are spread evenly (Knuth, The Art of Computer Programming, volume 3, 6.4).
      const bool negative = static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15 >> 63;
      const double element = elements[i];
      signed_sum_ += negative ? -element : element;
      squares_ += element * element;
    }
  });
}

bool ValueSketch::alike(const ValueSketch& other) const {
  // Sums that overflow tell nothing.
  return !(std::abs(signed_sum_ - other.signed_sum_) > tolerance_ * std::sqrt(squares_ + other.squares_));
}

}  // namespace xtape::autograd
