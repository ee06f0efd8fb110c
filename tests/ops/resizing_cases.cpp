#include <algorithm>
#include <cmath>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

// Images of another size, against sums over all pixels.
namespace xtape::test {
namespace {

// The weight of a pixel at this distance.
double weight_of(const std::string& interpolation, double distance, bool antialias) {
  const double x = std::abs(distance);
  if (interpolation == "bilinear") return std::max(1 - x, 0.0);
  if (interpolation == "bicubic") {
    const double a = antialias ? -0.5 : -0.75;
    if (x >= 2) return 0;
    return x < 1 ? (a + 2) * x * x * x - (a + 3) * x * x + 1 : a * (x * x * x - 5 * x * x + 8 * x - 4);
  }
  const double radius = interpolation == "lanczos3" ? 3 : 5, pi = std::acos(-1.0);
  const auto sinc = [=](double y) { return y == 0 ? 1 : std::sin(pi * y) / (pi * y); };
  return x < radius ? sinc(x) * sinc(x / radius) : 0;
}

// What each of `from` pixels gives each of `to`.
std::vector<std::vector<double>> weights_of(const std::string& interpolation, bool antialias, int64_t from,
                                            int64_t to) {
  std::vector<std::vector<double>> all;
  const double ratio = static_cast<double>(from) / static_cast<double>(to),
               scale = antialias ? std::max(ratio, 1.0) : 1;
  const bool goes_on = !antialias && (interpolation == "bilinear" || interpolation == "bicubic");
  for (int64_t i = 0; i < to; ++i) {
    std::vector<double> weights(static_cast<std::size_t>(from));
    const double center = (static_cast<double>(i) + 0.5) * ratio;
    if (interpolation == "nearest") {
      weights[static_cast<std::size_t>(std::floor(center))] = 1;
    } else {
      double sum = 0;
      const int64_t beyond = goes_on ? 5 : 0;
      for (int64_t j = -beyond; j < from + beyond; ++j) {
        const double weight = weight_of(interpolation, (static_cast<double>(j) + 0.5 - center) / scale, antialias);
        weights[static_cast<std::size_t>(std::clamp<int64_t>(j, 0, from - 1))] += weight;
        sum += weight;
      }
      for (double& weight : weights) weight /= goes_on ? 1 : sum;
    }
    all.push_back(weights);
  }
  return all;
}

Tensor reference_resize(Tensor x, const std::vector<int64_t>& size, const ResizeOptions& options) {
  for (std::size_t axis = 0; axis < size.size(); ++axis) {
    const Shape& shape = x.shape();
    const int64_t from = shape[axis + 1], inner = Shape(shape.begin() + axis + 2, shape.end()).numel();
    const int64_t outer = Shape(shape.begin(), shape.begin() + axis + 1).numel();
    const auto weights = weights_of(options.interpolation, options.antialias, from, size[axis]);
    const std::vector<double> given = x.to_vector<double>();
    std::vector<double> result;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < size[axis]; ++i)
        for (int64_t k = 0; k < inner; ++k) {
          double sum = 0;
          for (int64_t j = 0; j < from; ++j)
            sum += weights[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] *
                   given[static_cast<std::size_t>((o * from + j) * inner + k)];
          result.push_back(sum);
        }
    Shape resized = shape;
    resized[axis + 1] = size[axis];
    x = from_data(result.data(), resized);
  }
  return x;
}

OpCase resize_row() {
  OpCase row{"resize", {}};
  const auto add = [&](const Shape& x, const std::vector<int64_t>& size, const ResizeOptions& options) {
    row.samples.push_back({options.interpolation + (options.antialias ? ", antialias, " : ", ") + x.str() + " to " +
                               Shape(size.begin(), size.end()).str(),
                           [=](const Tensors& t) -> Tensors { return {resize(t[0], size, options)}; },
                           {sample(x)},
                           [=](const Tensors& t) -> Tensors { return {reference_resize(t[0], size, options)}; }});
  };
  for (const char* interpolation : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}) {
    for (const bool antialias : {false, true}) {
      const ResizeOptions options{interpolation, antialias};
      add({2, 3, 4, 2}, {5, 8}, options);
      add({1, 7, 6, 1}, {3, 4}, options);
    }
    add({1, 5, 2}, {7}, {interpolation});
    add({1, 2, 3, 2, 1}, {3, 2, 4}, {interpolation});
    add({1, 1, 3, 1}, {4, 3}, {interpolation});
  }
  add({0, 2, 2, 1}, {3, 3}, {});
  add({2, 11, 12, 40}, {23, 17}, {});
  row.samples.back().gradcheck = false;
  return row;
}

OpCase upsample_row() {
  OpCase row{"upsample", {}};
  const auto add = [&](const std::string& description, const Shape& x, const std::vector<int64_t>& factors,
                       const std::string& interpolation) {
    std::vector<int64_t> size;
    for (std::size_t i = 0; i < factors.size(); ++i) size.push_back(factors[i] * x[i + 1]);
    row.samples.push_back(
        {description,
         [=](const Tensors& t) -> Tensors { return {upsample(t[0], factors, interpolation)}; },
         {sample(x)},
         [=](const Tensors& t) -> Tensors { return {reference_resize(t[0], size, {interpolation})}; }});
  };
  add("a sequence", {2, 3, 2}, {3}, "nearest");
  add("an image", {2, 2, 3, 2}, {2, 3}, "nearest");
  add("a volume", {1, 2, 2, 1, 2}, {1, 2, 3}, "nearest");
  add("bilinear", {1, 3, 2, 2}, {2, 3}, "bilinear");
  add("bicubic", {1, 3, 2, 2}, {2, 2}, "bicubic");
  add("no images", {0, 2, 2, 1}, {2, 2}, "nearest");
  return row;
}

}  // namespace

std::vector<OpCase> resizing_cases() { return {resize_row(), upsample_row()}; }

}  // namespace xtape::test
