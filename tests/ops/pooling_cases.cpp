#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"
#include "ops/window_reference.hpp"

// Pooling over one and three axes, and adaptive pooling; that over two is in image_cases.cpp.
namespace xtape::test {
namespace {

OpCase pool1d_row(const char* op, Tensor (*function)(const Tensor&, const Pool1dOptions&), bool largest) {
  OpCase row{op, {}};
  const auto add = [&](const std::string& description, const Shape& x, const Pool1dOptions& options) {
    WindowOptions given{.padding = options.padding};
    if (options.strides) given.strides = {*options.strides};
    row.samples.push_back(
        {description,
         [=](const Tensors& t) -> Tensors { return {function(t[0], options)}; },
         {sample(x)},
         [=](const Tensors& t) -> Tensors { return {reference_pool(t[0], {options.pool_size}, given, largest)}; }});
  };
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    add("2" + text, {2, 5, 3}, {.padding = padding});
    add("3, strides 2" + text, {1, 8, 2}, {.pool_size = 3, .strides = 2, .padding = padding});
    add("2, strides 3" + text, {1, 8, 1}, {.strides = 3, .padding = padding});
    add("all" + text, {2, 4, 2}, {.pool_size = 4, .padding = padding});
  }
  add("no sequences", {0, 4, 1}, {});
  return row;
}

OpCase pool3d_row(const char* op, Tensor (*function)(const Tensor&, const Pool3dOptions&), bool largest) {
  OpCase row{op, {}};
  const auto add = [&](const std::string& description, const Shape& x, const Pool3dOptions& options) {
    WindowOptions given{.padding = options.padding};
    if (options.strides) given.strides = Lengths(options.strides->begin(), options.strides->end());
    const Lengths size(options.pool_size.begin(), options.pool_size.end());
    row.samples.push_back({description,
                           [=](const Tensors& t) -> Tensors { return {function(t[0], options)}; },
                           {sample(x)},
                           [=](const Tensors& t) -> Tensors { return {reference_pool(t[0], size, given, largest)}; }});
  };
  using Triple = std::array<int64_t, 3>;
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    add("2x2x2" + text, {2, 4, 2, 3, 2}, {.padding = padding});
    add("3x2x1, overlapping" + text, {1, 4, 3, 2, 2},
        {.pool_size = {3, 2, 1}, .strides = Triple{2, 1, 1}, .padding = padding});
    add("strides above the window" + text, {1, 5, 4, 3, 1}, {.strides = Triple{3, 2, 3}, .padding = padding});
  }
  add("no volumes", {0, 2, 2, 2, 1}, {});
  row.samples.push_back({"a view",
                         [=](const Tensors& t) -> Tensors {
                           return {function(t[0].permute({0, 2, 3, 4, 1}), {})};
                         },
                         {sample({1, 2, 2, 2, 4})}});
  return row;
}

// `function` is called with the bins.
template <class Bins>
void add_adaptive(OpCase& row, Tensor (*function)(const Tensor&, Bins), bool largest, const Shape& x,
                  const Lengths& bins) {
  const auto call = [=](const Tensor& t) {
    if constexpr (std::is_same_v<Bins, Count>) {
      return function(t, bins[0]);
    } else {
      std::remove_cvref_t<Bins> numbers;
      std::copy(bins.begin(), bins.end(), numbers.begin());
      return function(t, numbers);
    }
  };
  row.samples.push_back({x.str() + " to " + Shape(bins.begin(), bins.end()).str(),
                         [=](const Tensors& t) -> Tensors { return {call(t[0])}; },
                         {sample(x)},
                         [=](const Tensors& t) -> Tensors { return {reference_adaptive_pool(t[0], bins, largest)}; }});
}

OpCase adaptive1d_row(const char* op, Tensor (*function)(const Tensor&, Count), bool largest) {
  OpCase row{op, {}};
  for (const int64_t length : {1, 4, 7}) {
    for (const int64_t bins : {1, 2, 3, 7}) add_adaptive(row, function, largest, {2, length, 2}, {bins});
  }
  add_adaptive(row, function, largest, {0, 5, 2}, {2});
  return row;
}

OpCase adaptive2d_row(const char* op, Tensor (*function)(const Tensor&, const std::array<int64_t, 2>&), bool largest) {
  OpCase row{op, {}};
  for (const Lengths& bins : {Lengths{1, 1}, Lengths{2, 3}, Lengths{3, 2}, Lengths{5, 4}}) {
    add_adaptive(row, function, largest, {2, 5, 4, 2}, bins);
  }
  add_adaptive(row, function, largest, {1, 6, 4, 1}, {3, 2});
  return row;
}

OpCase adaptive3d_row(const char* op, Tensor (*function)(const Tensor&, const std::array<int64_t, 3>&), bool largest) {
  OpCase row{op, {}};
  for (const Lengths& bins : {Lengths{1, 1, 1}, Lengths{2, 2, 1}, Lengths{3, 2, 2}}) {
    add_adaptive(row, function, largest, {1, 4, 3, 2, 2}, bins);
  }
  return row;
}

}  // namespace

std::vector<OpCase> pooling_cases() {
  return {pool1d_row("max_pool1d", max_pool1d, true),
          pool1d_row("avg_pool1d", avg_pool1d, false),
          pool3d_row("max_pool3d", max_pool3d, true),
          pool3d_row("avg_pool3d", avg_pool3d, false),
          adaptive1d_row("adaptive_max_pool1d", adaptive_max_pool1d, true),
          adaptive1d_row("adaptive_avg_pool1d", adaptive_avg_pool1d, false),
          adaptive2d_row("adaptive_max_pool2d", adaptive_max_pool2d, true),
          adaptive2d_row("adaptive_avg_pool2d", adaptive_avg_pool2d, false),
          adaptive3d_row("adaptive_max_pool3d", adaptive_max_pool3d, true),
          adaptive3d_row("adaptive_avg_pool3d", adaptive_avg_pool3d, false)};
}

}  // namespace xtape::test
