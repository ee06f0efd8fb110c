#include <algorithm>
#include <limits>
#include <sstream>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

// Convolution and pooling against sums over windows, element by element.
namespace xtape::test {
namespace {

// The windows along one axis.
struct Axis {
  int64_t length, kernel, stride, dilation;
  bool same;
  int64_t extent() const { return (kernel - 1) * dilation + 1; }
  int64_t count() const { return same ? (length + stride - 1) / stride : (length - extent()) / stride + 1; }
  int64_t padding_before() const {
    return same ? std::max<int64_t>((count() - 1) * stride + extent() - length, 0) / 2 : 0;
  }
  // The input coordinate of kernel cell `cell` in window `window`; -1 in the padding.
  int64_t at(int64_t window, int64_t cell) const {
    const int64_t coordinate = window * stride + cell * dilation - padding_before();
    return coordinate < length ? coordinate : -1;
  }
};

Tensor convolve(const Tensor& x, const Tensor& kernel, const Conv2dOptions& options) {
  const bool same = options.padding == "same";
  const Axis rows{x.shape(1), kernel.shape(0), options.strides[0], options.dilation_rate[0], same};
  const Axis columns{x.shape(2), kernel.shape(1), options.strides[1], options.dilation_rate[1], same};
  const int64_t in = x.shape(3), group_in = kernel.shape(2), out = kernel.shape(3), group_out = out / options.groups;
  const std::vector<double> image = x.to_vector<double>(), weights = kernel.to_vector<double>();
  std::vector<double> result;
  for (int64_t n = 0; n < x.shape(0); ++n)
    for (int64_t i = 0; i < rows.count(); ++i)
      for (int64_t j = 0; j < columns.count(); ++j)
        for (int64_t o = 0; o < out; ++o) {
          double sum = 0;
          for (int64_t p = 0; p < rows.kernel; ++p)
            for (int64_t q = 0; q < columns.kernel; ++q) {
              const int64_t r = rows.at(i, p), s = columns.at(j, q);
              if (r < 0 || s < 0) continue;
              for (int64_t c = 0; c < group_in; ++c) {
                const int64_t channel = o / group_out * group_in + c;
                sum += image[static_cast<std::size_t>(((n * rows.length + r) * columns.length + s) * in + channel)] *
                       weights[static_cast<std::size_t>(((p * columns.kernel + q) * group_in + c) * out + o)];
              }
            }
          result.push_back(sum);
        }
  return from_data(result.data(), {x.shape(0), rows.count(), columns.count(), out});
}

Tensor pool(const Tensor& x, const Pool2dOptions& options, bool largest) {
  const bool same = options.padding == "same";
  const auto strides = options.strides.value_or(options.pool_size);
  const Axis rows{x.shape(1), options.pool_size[0], strides[0], 1, same};
  const Axis columns{x.shape(2), options.pool_size[1], strides[1], 1, same};
  const int64_t channels = x.shape(3);
  const std::vector<double> image = x.to_vector<double>();
  std::vector<double> result;
  for (int64_t n = 0; n < x.shape(0); ++n)
    for (int64_t i = 0; i < rows.count(); ++i)
      for (int64_t j = 0; j < columns.count(); ++j)
        for (int64_t c = 0; c < channels; ++c) {
          double sum = 0, best = -std::numeric_limits<double>::infinity();
          int64_t cells = 0;
          for (int64_t p = 0; p < rows.kernel; ++p)
            for (int64_t q = 0; q < columns.kernel; ++q) {
              const int64_t r = rows.at(i, p), s = columns.at(j, q);
              if (r < 0 || s < 0) continue;
              const double value =
                  image[static_cast<std::size_t>(((n * rows.length + r) * columns.length + s) * channels + c)];
              sum += value;
              best = std::max(best, value);
              ++cells;
            }
          result.push_back(largest ? best : sum / static_cast<double>(cells));
        }
  return from_data(result.data(), {x.shape(0), rows.count(), columns.count(), channels});
}

OpCase conv2d_row() {
  OpCase result{"conv2d", {}};
  auto add = [&](const std::string& description, const Shape& x, const Shape& kernel, const Conv2dOptions& options) {
    result.samples.push_back({description,
                              [=](const Tensors& t) -> Tensors { return {conv2d(t[0], t[1], options)}; },
                              {sample(x, {}, 1), sample(kernel, {}, 2)},
                              [=](const Tensors& t) -> Tensors { return {convolve(t[0], t[1], options)}; }});
  };
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    add("3x3" + text, {2, 4, 5, 2}, {3, 3, 2, 3}, {.padding = padding});
    add("1x1" + text, {2, 3, 2, 3}, {1, 1, 3, 2}, {.padding = padding});
    add("2x3 kernel" + text, {1, 4, 4, 2}, {2, 3, 2, 2}, {.padding = padding});
    add("strides 2" + text, {1, 5, 6, 2}, {3, 3, 2, 2}, {.strides = {2, 2}, .padding = padding});
    add("strides 1 and 3" + text, {1, 4, 7, 1}, {2, 2, 1, 2}, {.strides = {1, 3}, .padding = padding});
    add("strides above the kernel" + text, {1, 6, 6, 1}, {2, 2, 1, 2}, {.strides = {3, 3}, .padding = padding});
    add("dilation" + text, {1, 5, 6, 2}, {2, 3, 2, 1}, {.padding = padding, .dilation_rate = {2, 2}});
    add("groups" + text, {1, 3, 4, 4}, {2, 2, 2, 4}, {.padding = padding, .groups = 2});
    add("depthwise" + text, {1, 4, 3, 3}, {2, 2, 1, 6}, {.padding = padding, .groups = 3});
  }
  add("no images", {0, 4, 4, 1}, {2, 2, 1, 2}, {});
  for (const Conv2dOptions& options : {Conv2dOptions{}, Conv2dOptions{.strides = {2, 1}, .padding = "same"}}) {
    add("large, " + options.padding, {3, 17, 19, 16}, {3, 3, 16, 24}, options);
    result.samples.back().gradcheck = false;
  }
  add("large, groups", {2, 12, 11, 16}, {3, 3, 4, 16}, {.padding = "same", .groups = 4});
  result.samples.back().gradcheck = false;
  for (const char* activation : {"linear", "relu"}) {
    for (bool with_bias : {true, false}) {
      Sample fused{std::string("fused ") + activation + (with_bias ? " and bias" : ""),
                   [=](const Tensors& t) -> Tensors {
                     return {conv2d(t[0], t[1], with_bias ? t[2] : Tensor(), activation, {.padding = "same"})};
                   },
                   {sample({2, 4, 3, 2}, {}, 1), sample({3, 3, 2, 3}, {}, 2)},
                   [=](const Tensors& t) -> Tensors {
                     const Tensor bias = with_bias ? t[2] : zeros({3}, float64);
                     const bool cut = std::string(activation) == "relu";
                     return {map_elements({convolve(t[0], t[1], {.padding = "same"}), bias}, [&](const auto& v) {
                       return cut ? std::max(v[0] + v[1], 0.0) : v[0] + v[1];
                     })};
                   }};
      if (with_bias) fused.inputs.push_back(sample({3}, {}, 3));
      result.samples.push_back(fused);
    }
  }
  result.samples.push_back({"views",
                            [](const Tensors& t) -> Tensors {
                              return {conv2d(t[0].permute({0, 2, 3, 1}), t[1].slice(0, {.step = -1}))};
                            },
                            {sample({2, 2, 3, 4}, {}, 1), sample({2, 2, 2, 1}, {}, 2)}});
  return result;
}

OpCase conv2d_max_pool2d_row() {
  OpCase result{"conv2d_max_pool2d", {}};
  auto add = [&](const std::string& activation, const Shape& x, const Shape& kernel, const Conv2dOptions& options,
                 const Pool2dOptions& pool_options, bool with_bias) {
    Sample fused{
        activation + ", " + options.padding + (with_bias ? ", bias" : "") + ", x " + x.str(),
        [=](const Tensors& t) -> Tensors {
          return {conv2d_max_pool2d(t[0], t[1], with_bias ? t[2] : Tensor(), activation, options, pool_options)};
        },
        {sample(x, {}, 1), sample(kernel, {}, 2)},
        [=](const Tensors& t) -> Tensors {
          const Tensor bias = with_bias ? t[2] : zeros({kernel[3]}, float64);
          const Tensor sums = map_elements({convolve(t[0], t[1], options), bias}, [&](const auto& v) {
            return activation == "relu" ? std::max(v[0] + v[1], 0.0) : v[0] + v[1];
          });
          return {pool(sums, pool_options, true)};
        }};
    if (with_bias) fused.inputs.push_back(sample({kernel[3]}, {}, 3));
    result.samples.push_back(fused);
  };
  for (const char* activation : {"linear", "relu"}) {
    add(activation, {2, 6, 7, 2}, {3, 3, 2, 3}, {}, {}, true);
    add(activation, {2, 5, 4, 2}, {2, 3, 2, 2}, {.padding = "same"}, {.padding = "same"}, false);
    add(activation, {1, 5, 5, 1}, {2, 2, 1, 2}, {}, {.strides = std::array<int64_t, 2>{1, 1}}, true);
  }
  return result;
}

OpCase pool_row(const char* op, Tensor (*function)(const Tensor&, const Pool2dOptions&), bool largest) {
  OpCase result{op, {}};
  auto add = [&](const std::string& description, const Shape& shape, const Pool2dOptions& options) {
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {function(x[0], options)}; },
                              {sample(shape)},
                              [=](const Tensors& x) -> Tensors { return {pool(x[0], options, largest)}; }});
  };
  using Pair = std::array<int64_t, 2>;
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    add("2x2" + text, {2, 4, 6, 2}, {.padding = padding});
    add("2x2, odd lengths" + text, {2, 5, 3, 2}, {.padding = padding});
    add("3x2, overlapping" + text, {1, 5, 5, 2}, {.pool_size = {3, 2}, .strides = Pair{1, 1}, .padding = padding});
    add("strides above the window" + text, {1, 7, 7, 1}, {.strides = Pair{3, 3}, .padding = padding});
    add("1x1" + text, {1, 3, 3, 1}, {.pool_size = {1, 1}, .padding = padding});
    add("large" + text, {3, 23, 26, 17}, {.padding = padding});
    result.samples.back().gradcheck = false;
  }
  add("no images", {0, 4, 4, 1}, {});
  result.samples.push_back({"a view",
                            [=](const Tensors& x) -> Tensors {
                              return {function(x[0].permute({0, 2, 3, 1}), {})};
                            },
                            {sample({2, 2, 4, 4})}});
  return result;
}

}  // namespace

std::vector<OpCase> image_cases() {
  return {conv2d_row(), conv2d_max_pool2d_row(), pool_row("max_pool2d", max_pool2d, true),
          pool_row("avg_pool2d", avg_pool2d, false)};
}

}  // namespace xtape::test
