#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"
#include "ops/window_reference.hpp"

// Convolutions over one and three axes, their transposes, and what is made of them; those over two are in
// image_cases.cpp.
namespace xtape::test {
namespace {

// From a list with a number for each axis, or an empty one for 1.
template <class Options>
Options with_lists(const WindowOptions& given) {
  Options options;
  const auto set = [](auto& to, const Lengths& from) {
    if (from.empty()) return;
    if constexpr (requires { to = from[0]; }) {
      to = from[0];
    } else {
      std::copy(from.begin(), from.end(), to.begin());
    }
  };
  set(options.strides, given.strides);
  set(options.dilation_rate, given.dilation);
  options.padding = given.padding;
  if constexpr (requires { options.groups; }) options.groups = given.groups;
  if constexpr (requires { options.output_padding; }) {
    if (!given.output_padding.empty()) set(options.output_padding.emplace(), given.output_padding);
  }
  return options;
}

// Rows of an operation on x and a kernel, plain and with bias and activation.
template <class Options>
struct Row {
  using Plain = Tensor (*)(const Tensor&, const Tensor&, const Options&);
  using Fused = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const std::string&, const Options&);
  using Reference = std::function<Tensor(const Tensor&, const Tensor&, const WindowOptions&)>;

  void add(const std::string& description, const Shape& x, const Shape& kernel, const WindowOptions& given = {}) {
    const auto options = with_lists<Options>(given);
    row.samples.push_back(
        {description,
         [plain = plain, options](const Tensors& t) -> Tensors { return {plain(t[0], t[1], options)}; },
         {sample(x, {}, 1), sample(kernel, {}, 2)},
         [reference = reference, given](const Tensors& t) -> Tensors { return {reference(t[0], t[1], given)}; }});
  }

  void add_fused(const std::string& activation, bool with_bias, int64_t channels, const Shape& x, const Shape& kernel,
                 const WindowOptions& given = {}) {
    const auto options = with_lists<Options>(given);
    Sample each{activation + (with_bias ? " and bias" : ""),
                [=, fused = fused](const Tensors& t) -> Tensors {
                  return {fused(t[0], t[1], with_bias ? t[2] : Tensor(), activation, options)};
                },
                {sample(x, {}, 1), sample(kernel, {-0.5, 0.5}, 2)},
                [=, reference = reference](const Tensors& t) -> Tensors {
                  const Tensor bias = with_bias ? t[2] : zeros({channels}, float64);
                  return {map_elements({reference(t[0], t[1], given), bias}, [&](const auto& v) {
                    const double sum = v[0] + v[1];
                    return activation == "relu" ? std::max(sum, 0.0) : activation == "tanh" ? std::tanh(sum) : sum;
                  })};
                }};
    if (with_bias) each.inputs.push_back(sample({channels}, {}, 3));
    row.samples.push_back(std::move(each));
  }

  OpCase row;
  Plain plain;
  Fused fused;
  Reference reference;
};

OpCase conv1d_row() {
  Row<Conv1dOptions> rows{{"conv1d", {}}, conv1d, conv1d, reference_conv};
  for (const char* padding : {"valid", "same", "causal"}) {
    const std::string text = std::string(", ") + padding;
    rows.add("3" + text, {2, 5, 2}, {3, 2, 3}, {.padding = padding});
    rows.add("strides" + text, {1, 7, 2}, {3, 2, 2}, {.strides = {2}, .padding = padding});
    rows.add("dilation" + text, {1, 6, 2}, {3, 2, 1}, {.padding = padding, .dilation = {2}});
    rows.add("groups" + text, {1, 4, 4}, {2, 2, 4}, {.padding = padding, .groups = 2});
  }
  rows.add("one cell", {2, 1, 2}, {1, 2, 3});
  rows.add("one window, far strides", {1, 3, 1}, {3, 1, 2}, {.strides = {1000000007}});
  rows.add("no sequences", {0, 4, 1}, {2, 1, 2});
  rows.add("long", {1, 700, 8}, {5, 8, 16}, {.padding = "same"});
  rows.row.samples.back().gradcheck = false;
  rows.add("long, causal strides", {1, 701, 8}, {5, 8, 16}, {.strides = {2}, .padding = "causal"});
  rows.row.samples.back().gradcheck = false;
  for (const char* activation : {"linear", "relu", "tanh"}) {
    rows.add_fused(activation, true, 3, {2, 4, 2}, {3, 2, 3}, {.padding = "causal"});
    rows.add_fused(activation, false, 3, {2, 4, 2}, {3, 2, 3}, {.strides = {2}});
  }
  return rows.row;
}

OpCase conv3d_row() {
  Row<Conv3dOptions> rows{{"conv3d", {}}, conv3d, conv3d, reference_conv};
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    rows.add("2x3x2" + text, {2, 3, 3, 2, 2}, {2, 3, 2, 2, 2}, {.padding = padding});
    rows.add("strides" + text, {1, 5, 4, 3, 1}, {3, 2, 2, 1, 2}, {.strides = {2, 1, 2}, .padding = padding});
    rows.add("dilation" + text, {1, 4, 3, 3, 1}, {2, 2, 1, 1, 2}, {.padding = padding, .dilation = {3, 2, 1}});
    rows.add("groups" + text, {1, 3, 2, 2, 4}, {2, 2, 1, 2, 4}, {.padding = padding, .groups = 2});
    rows.add("flat" + text, {2, 3, 3, 3, 1}, {1, 2, 2, 1, 2}, {.padding = padding});
    rows.add("flat, strides above the kernel" + text, {1, 4, 3, 3, 1}, {1, 2, 2, 1, 2},
             {.strides = {2, 3, 1}, .padding = padding});
  }
  rows.add("no volumes", {0, 3, 3, 3, 1}, {2, 2, 2, 1, 2});
  rows.add("large", {2, 9, 10, 11, 8}, {3, 3, 3, 8, 16}, {.padding = "same"});
  rows.row.samples.back().gradcheck = false;
  for (const char* activation : {"linear", "relu", "tanh"}) {
    rows.add_fused(activation, true, 2, {1, 3, 3, 2, 2}, {2, 2, 2, 2, 2}, {.padding = "same"});
    rows.add_fused(activation, false, 2, {1, 3, 2, 2, 1}, {2, 2, 1, 1, 2});
  }
  return rows.row;
}

OpCase conv_transpose1d_row() {
  Row<ConvTranspose1dOptions> rows{
      {"conv_transpose1d", {}}, conv_transpose1d, conv_transpose1d, reference_conv_transpose};
  for (const char* padding : {"valid", "same"}) {
    for (const int64_t kernel : {1, 2, 3, 4}) {
      for (const int64_t stride : {1, 2, 3}) {
        const std::string text = std::to_string(kernel) + ", stride " + std::to_string(stride) + ", " + padding;
        rows.add(text, {1, 3, 2}, {kernel, 2, 2}, {.strides = {stride}, .padding = padding});
        rows.add(text + ", output_padding", {1, 3, 1}, {kernel, 1, 1},
                 {.strides = {stride}, .padding = padding, .output_padding = {stride - 1}});
      }
    }
    rows.add(std::string("dilation, ") + padding, {2, 4, 2}, {3, 3, 2}, {.padding = padding, .dilation = {2}});
    rows.add(std::string("one cell, ") + padding, {2, 1, 2}, {3, 3, 2}, {.strides = {7}, .padding = padding});
  }
  rows.add("no sequences", {0, 3, 2}, {2, 1, 2});
  for (const char* activation : {"linear", "relu", "tanh"}) {
    rows.add_fused(activation, true, 3, {2, 3, 2}, {3, 3, 2}, {.strides = {2}, .padding = "same"});
    rows.add_fused(activation, false, 3, {2, 3, 2}, {2, 3, 2}, {.strides = {3}});
  }
  return rows.row;
}

OpCase conv_transpose2d_row() {
  Row<ConvTranspose2dOptions> rows{
      {"conv_transpose2d", {}}, conv_transpose2d, conv_transpose2d, reference_conv_transpose};
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    rows.add("3x2" + text, {2, 3, 2, 2}, {3, 2, 3, 2}, {.padding = padding});
    rows.add("strides" + text, {1, 3, 2, 2}, {3, 3, 2, 2}, {.strides = {2, 1}, .padding = padding});
    rows.add("strides above the kernel" + text, {1, 2, 3, 1}, {2, 1, 2, 1}, {.strides = {3, 2}, .padding = padding});
    rows.add("dilation" + text, {1, 3, 3, 1}, {2, 3, 2, 1}, {.padding = padding, .dilation = {3, 2}});
    rows.add("output_padding" + text, {1, 2, 2, 2}, {3, 2, 2, 2},
             {.strides = {2, 3}, .padding = padding, .output_padding = {1, 0}});
  }
  rows.add("no images", {0, 2, 2, 1}, {2, 2, 1, 1});
  rows.add("large", {2, 8, 9, 16}, {3, 3, 8, 16}, {.strides = {2, 2}, .padding = "same"});
  rows.row.samples.back().gradcheck = false;
  for (const char* activation : {"linear", "relu", "tanh"}) {
    rows.add_fused(activation, true, 2, {1, 2, 3, 2}, {3, 2, 2, 2}, {.strides = {2, 2}, .padding = "same"});
    rows.add_fused(activation, false, 2, {1, 2, 2, 1}, {2, 2, 2, 1});
  }
  return rows.row;
}

OpCase conv_transpose3d_row() {
  Row<ConvTranspose3dOptions> rows{
      {"conv_transpose3d", {}}, conv_transpose3d, conv_transpose3d, reference_conv_transpose};
  for (const char* padding : {"valid", "same"}) {
    const std::string text = std::string(", ") + padding;
    rows.add("2x3x1" + text, {2, 2, 2, 2, 2}, {2, 3, 1, 1, 2}, {.padding = padding});
    rows.add("strides" + text, {1, 2, 2, 2, 1}, {3, 2, 1, 2, 1}, {.strides = {2, 1, 2}, .padding = padding});
    rows.add("output_padding" + text, {1, 2, 1, 2, 1}, {2, 2, 2, 1, 1},
             {.strides = {3, 2, 1}, .padding = padding, .dilation = {2, 1, 1}, .output_padding = {1, 1, 0}});
  }
  rows.add("no volumes", {0, 2, 2, 2, 1}, {2, 2, 2, 1, 1});
  for (const char* activation : {"linear", "relu", "tanh"}) {
    rows.add_fused(activation, true, 2, {1, 2, 2, 1, 2}, {2, 2, 2, 2, 2}, {.strides = {2, 1, 1}, .padding = "same"});
  }
  rows.add_fused("relu", false, 2, {1, 2, 2, 1, 2}, {2, 2, 2, 2, 2});
  return rows.row;
}

// A kernel [sizes..., in, multiplier] is one of as many groups as channels.
Tensor reference_depthwise(const Tensor& x, const Tensor& kernel, WindowOptions options) {
  options.groups = x.shape(-1);
  Shape shape = kernel.shape();
  shape.back() *= x.shape(-1);
  shape[shape.size() - 2] = 1;
  return reference_conv(x, kernel.reshape(shape), options);
}

OpCase depthwise_conv1d_row() {
  Row<DepthwiseConv1dOptions> rows{{"depthwise_conv1d", {}}, depthwise_conv1d, depthwise_conv1d, reference_depthwise};
  for (const char* padding : {"valid", "same", "causal"}) {
    rows.add(padding, {2, 5, 3}, {2, 3, 1}, {.padding = padding});
    rows.add(std::string("strides, ") + padding, {1, 5, 2}, {3, 2, 2}, {.strides = {2}, .padding = padding});
  }
  rows.add("dilation", {1, 5, 2}, {2, 2, 1}, {.dilation = {3}});
  rows.add("no sequences", {0, 4, 2}, {2, 2, 1});
  rows.add_fused("tanh", true, 4, {1, 4, 2}, {2, 2, 2});
  return rows.row;
}

OpCase depthwise_conv2d_row() {
  Row<DepthwiseConv2dOptions> rows{{"depthwise_conv2d", {}}, depthwise_conv2d, depthwise_conv2d, reference_depthwise};
  for (const char* padding : {"valid", "same"}) {
    rows.add(padding, {2, 3, 4, 3}, {2, 3, 3, 1}, {.padding = padding});
    rows.add(std::string("multiplier, ") + padding, {1, 4, 3, 2}, {2, 2, 2, 2},
             {.strides = {2, 1}, .padding = padding});
  }
  rows.add("dilation", {1, 4, 4, 2}, {2, 2, 2, 1}, {.dilation = {3, 2}});
  rows.add("no images", {0, 4, 4, 2}, {2, 2, 2, 1});
  rows.add_fused("relu", true, 4, {1, 3, 3, 2}, {2, 2, 2, 2});
  return rows.row;
}

// The depthwise kernel and the pointwise one are t[1] and t[2].
template <class Options>
OpCase separable_row(const char* name, Tensor (*plain)(const Tensor&, const Tensor&, const Tensor&, const Options&),
                     Tensor (*fused)(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const std::string&,
                                     const Options&),
                     const Shape& x, const Shape& depthwise, const Shape& pointwise, const WindowOptions& strided) {
  OpCase row{name, {}};
  for (const WindowOptions& given : {WindowOptions{}, WindowOptions{.padding = "same"}, strided}) {
    const auto options = with_lists<Options>(given);
    row.samples.push_back(
        {given.padding + (given.strides.empty() ? "" : ", strides"),
         [=](const Tensors& t) -> Tensors { return {plain(t[0], t[1], t[2], options)}; },
         {sample(x, {}, 1), sample(depthwise, {}, 2), sample(pointwise, {}, 3)},
         [=](const Tensors& t) -> Tensors { return {reference_conv(reference_depthwise(t[0], t[1], given), t[2])}; }});
  }
  row.samples.push_back(
      {"relu and bias",
       [=](const Tensors& t) -> Tensors { return {fused(t[0], t[1], t[2], t[3], "relu", {})}; },
       {sample(x, {}, 1), sample(depthwise, {}, 2), sample(pointwise, {}, 3), sample({pointwise.back()}, {}, 4)},
       [](const Tensors& t) -> Tensors {
         const Tensor sums = reference_conv(reference_depthwise(t[0], t[1], {}), t[2]);
         return {map_elements({sums, t[3]}, [](const auto& v) { return std::max(v[0] + v[1], 0.0); })};
       }});
  return row;
}

}  // namespace

std::vector<OpCase> convolution_cases() {
  return {conv1d_row(),
          conv3d_row(),
          conv_transpose1d_row(),
          conv_transpose2d_row(),
          conv_transpose3d_row(),
          depthwise_conv1d_row(),
          depthwise_conv2d_row(),
          separable_row<DepthwiseConv1dOptions>("separable_conv1d", separable_conv1d, separable_conv1d, {2, 4, 2},
                                                {2, 2, 2}, {1, 4, 3}, {.strides = {2}, .padding = "causal"}),
          separable_row<DepthwiseConv2dOptions>("separable_conv2d", separable_conv2d, separable_conv2d, {1, 3, 4, 2},
                                                {2, 3, 2, 2}, {1, 1, 4, 2}, {.strides = {2, 1}, .padding = "same"})};
}

}  // namespace xtape::test
