#include "autograd/value_sketch.hpp"

#include <cmath>
#include <cstdint>

#include "autograd/lift.hpp"
#include "core/dtype_switch.hpp"

namespace xtape::autograd {

namespace {

// A weight in [-1, 1) that looks drawn: with regular ones, what all elements have in common would cancel.
// Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.
double weight_of(int64_t place) {
  uint64_t bits = static_cast<uint64_t>(place + 1) * 0x9e3779b97f4a7c15;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>(static_cast<int64_t>(bits ^ (bits >> 31))) * 0x1p-63;
}

}  // namespace

ValueSketch::ValueSketch(const Tensor& x) {
  // Far above the rounding of a deep network, and far below what an update changes.
  tolerance_ = x.dtype() == DType::float32 ? 1e-4 : 1e-10;
  const Tensor values = core::make_alias(without_lifts(x)).contiguous();
  core::switch_floating(values.dtype(), [&]<class T>(T) {
    const T* elements = core::elements<T>(values);
    for (int64_t i = 0; i < values.numel(); ++i) {
      if (!std::isfinite(elements[i])) continue;
      const double element = elements[i], weight = weight_of(i);
      all_.add(weight, element);
      const double size = std::abs(element);
      if (size < 1e6) {
        below_masks_.add(weight, element);
      } else {
        (size < 1e8 ? has_others_between_ : has_masks_) = true;
      }
    }
  });
}

bool ValueSketch::Sums::alike(const Sums& other, double tolerance) const {
  // Sums that overflow tell nothing.
  return !(std::abs(weighted - other.weighted) > tolerance * std::sqrt(squares + other.squares));
}

bool ValueSketch::alike(const ValueSketch& other) const {
  if (!all_.alike(other.all_, tolerance_)) return false;
  const bool masked = has_masks_ && other.has_masks_ && !has_others_between_ && !other.has_others_between_;
  return !masked || below_masks_.alike(other.below_masks_, tolerance_);
}

}  // namespace xtape::autograd
