#include "ops/image/filters.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace xtape::ops {
namespace {

double triangle(double x) { return std::max(1 - std::abs(x), 0.0); }

// Keys, "Cubic convolution interpolation for digital image processing" (1981), equation 15, where a is -1/2.
double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

double lanczos(double x, double radius) {
  if (x == 0) return 1;
  if (std::abs(x) >= radius) return 0;
  const double angle = std::numbers::pi * x;
  return radius * std::sin(angle) * std::sin(angle / radius) / (angle * angle);
}

struct Kernel {
  double radius;
  double (*value)(double x);
};

Kernel kernel_of(Filter filter, bool antialias) {
  switch (filter) {
    case Filter::bicubic:
      if (antialias) return {2, [](double x) { return cubic(x, -0.5); }};
      return {2, [](double x) { return cubic(x, -0.75); }};
    case Filter::lanczos3:
      return {3, [](double x) { return lanczos(x, 3); }};
    case Filter::lanczos5:
      return {5, [](double x) { return lanczos(x, 5); }};
    default:
      return {1, triangle};
  }
}

void append(Taps& taps, int64_t first, const std::vector<double>& weights) {
  taps.first.push_back(first);
  taps.weights.insert(taps.weights.end(), weights.begin(), weights.end());
  taps.begin.push_back(static_cast<int64_t>(taps.weights.size()));
}

// The elements within the kernel around `center`, those beyond the ends counted as the last ones.
void append_clamped(Taps& taps, const Kernel& kernel, double center, int64_t length) {
  const auto first = static_cast<int64_t>(std::floor(center - 0.5)) - static_cast<int64_t>(kernel.radius) + 1;
  const auto last = first + 2 * static_cast<int64_t>(kernel.radius) - 1;
  const auto inside = [=](int64_t i) { return std::clamp<int64_t>(i, 0, length - 1); };
  std::vector<double> weights(static_cast<std::size_t>(inside(last) - inside(first) + 1));
  for (int64_t i = first; i <= last; ++i) {
    weights[static_cast<std::size_t>(inside(i) - inside(first))] += kernel.value(static_cast<double>(i) + 0.5 - center);
  }
  append(taps, inside(first), weights);
}

// The elements within the kernel, `scale` times as wide, that there are; their weights sum up to 1.
void append_normalized(Taps& taps, const Kernel& kernel, double center, double scale, int64_t length) {
  const double reach = kernel.radius * scale;
  const int64_t first = std::max<int64_t>(static_cast<int64_t>(std::floor(center - reach + 0.5)), 0);
  const int64_t last = std::min(static_cast<int64_t>(std::floor(center + reach + 0.5)), length) - 1;
  std::vector<double> weights;
  double sum = 0;
  for (int64_t i = first; i <= last; ++i) {
    weights.push_back(kernel.value((static_cast<double>(i) + 0.5 - center) / scale));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  append(taps, first, weights);
}

}  // namespace

const char* name_of(Filter filter) {
  constexpr const char* names[] = {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "mean"};
  return names[static_cast<int>(filter)];
}

Taps taps_of(Filter filter, bool antialias, int64_t from, int64_t to) {
  Taps taps;
  const double ratio = static_cast<double>(from) / static_cast<double>(to);
  const Kernel kernel = kernel_of(filter, antialias);
  const bool clamped = !antialias && (filter == Filter::bilinear || filter == Filter::bicubic);
  for (int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * ratio;
    if (filter == Filter::nearest) {
      append(taps, std::min(static_cast<int64_t>(center), from - 1), {1});
    } else if (filter == Filter::mean) {
      const int64_t first = i * from / to, end = ((i + 1) * from + to - 1) / to;
      append(taps, first,
             std::vector<double>(static_cast<std::size_t>(end - first), 1 / static_cast<double>(end - first)));
    } else if (clamped) {
      append_clamped(taps, kernel, center, from);
    } else {
      append_normalized(taps, kernel, center, antialias ? std::max(ratio, 1.0) : 1, from);
    }
  }
  return taps;
}

// Neither the first nor the last elements of the results go down: those that read an element follow each other.
Taps transposed(const Taps& taps, int64_t from) {
  Taps result;
  const auto results = static_cast<int64_t>(taps.first.size());
  const auto end = [&](int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    return taps.first[at] + taps.begin[at + 1] - taps.begin[at];
  };
  int64_t first = 0;
  for (int64_t element = 0; element < from; ++element) {
    while (first < results && end(first) <= element) ++first;
    std::vector<double> weights;
    for (int64_t i = first; i < results && taps.first[static_cast<std::size_t>(i)] <= element; ++i) {
      const auto at = static_cast<std::size_t>(i);
      weights.push_back(taps.weights[static_cast<std::size_t>(taps.begin[at] + element - taps.first[at])]);
    }
    append(result, weights.empty() ? 0 : first, weights);
  }
  return result;
}

}  // namespace xtape::ops
