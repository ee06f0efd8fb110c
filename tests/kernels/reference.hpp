#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace xtape::testing {

// Lengths around the widths of SIMD vectors, and one that is split over threads.
inline const std::vector<int64_t> lengths = {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 1000, 100003};

template <class T>
std::vector<T> random_vector(int64_t size, double low, double high, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> distribution(low, high);
  std::vector<T> numbers(static_cast<size_t>(size));
  for (T& number : numbers) number = static_cast<T>(distribution(generator));
  return numbers;
}

// How many of T's units in the last place `value` is away from `reference`; 0 for equal infinities and two NaNs.
template <class T>
double ulps(T value, double reference) {
  const T rounded = static_cast<T>(reference);
  if (std::isnan(rounded) || std::isnan(value)) return std::isnan(rounded) && std::isnan(value) ? 0 : HUGE_VAL;
  if (value == rounded) return 0;
  if (std::isinf(rounded) || std::isinf(value)) return HUGE_VAL;
  const T size = std::abs(rounded);
  const double unit = static_cast<double>(std::nextafter(size, std::numeric_limits<T>::infinity())) - size;
  return std::abs(static_cast<double>(value) - reference) / unit;
}

// Accepts a sum of many terms: relative to the largest of `scale` and the reference.
template <class T>
bool close(T value, double reference, double scale = 1) {
  if (std::isnan(reference)) return std::isnan(value);
  if (std::isinf(reference)) return value == static_cast<T>(reference);
  const double tolerance = 16 * std::numeric_limits<T>::epsilon() * std::max(std::abs(reference), scale);
  return std::abs(static_cast<double>(value) - reference) <= tolerance;
}

}  // namespace xtape::testing
