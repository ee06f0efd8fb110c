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
      plain_.add(weight, element);
      bounded_.add(weight, element / (1 + std::abs(element)));
    }
  });
}

bool ValueSketch::Sums::alike(const Sums& other, double tolerance) const {
  // Sums that overflow tell nothing.
  return !(std::abs(weighted - other.weighted) > tolerance * std::sqrt(squares + other.squares));
}

bool ValueSketch::alike(const ValueSketch& other) const {
  return plain_.alike(other.plain_, tolerance_) && bounded_.alike(other.bounded_, tolerance_);
}

}  // namespace xtape::autograd
