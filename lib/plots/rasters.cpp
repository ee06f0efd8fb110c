#include "plots/rasters.hpp"

#include <algorithm>
#include <cmath>
#include <xtape/error.hpp>

namespace xtape::plots {
namespace {

void check(const std::string& function, const Tensor& images) {
  const bool fits = images.defined() && images.numel() > 0 &&
                    (images.rank() == 3 ||
                     (images.rank() == 4 && (images.shape(-1) == 1 || images.shape(-1) == 3 || images.shape(-1) == 4)));
  if (fits) return;
  throw ShapeError(function +
                   ": images must be [n, height, width] or [n, height, width, channels] of 1, 3 or 4 channels, "
                   "none of them 0, given " +
                   (images.defined() ? images.shape().str() : "an undefined tensor"));
}

// From value to part of full light.
struct Light {
  double low, high;
  double operator()(double value) const { return std::clamp((value - low) / (high - low), 0.0, 1.0); }
};

uint8_t byte(double part) { return static_cast<uint8_t>(part * 255 + 0.5); }

Color color_of(const double* channels, int64_t count, const Light& light) {
  constexpr Color not_a_number = {230, 30, 30};
  for (int64_t i = 0; i < count; ++i) {
    if (std::isnan(channels[i])) return not_a_number;
  }
  if (count == 1) {
    const uint8_t grey = byte(light(channels[0]));
    return {grey, grey, grey};
  }
  const Color color{byte(light(channels[0])), byte(light(channels[1])), byte(light(channels[2]))};
  return count == 4 ? mixed(white, color, light(channels[3])) : color;
}

}  // namespace

std::vector<Raster> rasters_of(const std::string& function, const Tensor& images,
                               const std::optional<std::pair<double, double>>& value_range) {
  check(function, images);
  const auto [low, high] =
      value_range.value_or(std::pair(0.0, is_floating(images.dtype()) || images.dtype() == bool_ ? 1.0 : 255.0));
  if (!(low < high) || !std::isfinite(high - low)) {
    throw ValueError(function + ": value_range must be two finite numbers, the lower one first, given " +
                     std::to_string(low) + " and " + std::to_string(high));
  }
  const int64_t count = images.shape(0), rows = images.shape(1), columns = images.shape(2);
  const int64_t channels = images.rank() == 4 ? images.shape(3) : 1;
  const std::vector<double> values = images.to_vector<double>();
  std::vector<Raster> rasters;
  const double* value = values.data();
  for (int64_t i = 0; i < count; ++i) {
    Raster& raster = rasters.emplace_back(columns, rows);
    for (Color& pixel : raster.pixels) {
      pixel = color_of(value, channels, {low, high});
      value += channels;
    }
  }
  return rasters;
}

}  // namespace xtape::plots
