#include "kernels/onednn/conv2d_plan.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "kernels/isa.hpp"
#include "kernels/onednn/descriptors.hpp"

namespace xtape::kernels {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Pass = ConvolutionPass;
using Tag = dnnl::memory::format_tag;

const dnnl::engine& onednn_engine() {
  // Never destroyed, nor are the plans that refer to it: threads may compute until the process ends.
  static const auto& cpu = *new dnnl::engine([] {
    // oneDNN follows the instruction set that our own kernels were told to use.
    if (active_isa() == Isa::baseline) dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
    if (active_isa() == Isa::x86_64_v3) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }());
  return cpu;
}

namespace {

Conv2dPlan compile(const Conv2dPlanKey& key) {
  const Conv2dGeometry& g = key.geometry;
  const bool grouped = g.groups > 1;
  const int64_t in = g.in_channels / g.groups, out = g.out_channels / g.groups;
  const auto kernel_dims =
      grouped ? memory::dims{g.groups, out, in, g.kernel_h, g.kernel_w} : memory::dims{out, in, g.kernel_h, g.kernel_w};
  constexpr auto f32 = memory::data_type::f32;

  Conv2dPlan plan;
  plan.x = memory::desc({g.batch, g.in_channels, g.height, g.width}, f32, Tag::nhwc);
  plan.out = memory::desc({g.batch, g.out_channels, g.out_h, g.out_w}, f32, Tag::nhwc);
  plan.kernel = memory::desc(kernel_dims, f32, grouped ? Tag::hwigo : Tag::hwio);
  if (key.bias) plan.bias = memory::desc({g.out_channels}, f32, Tag::x);
  const memory::desc any_kernel(kernel_dims, f32, Tag::any);
  const memory::dims strides{g.stride_h, g.stride_w}, dilations{g.dilation_h - 1, g.dilation_w - 1};
  const memory::dims before{g.pad_top, g.pad_left}, after{g.pad_bottom, g.pad_right};

  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (key.relu) {
    dnnl::post_ops operations;
    append_relu(operations);
    attributes.set_post_ops(operations);
  }
  const auto forward = forward_descriptor<dnnl::convolution_forward>(
      onednn_engine(), attributes,
      key.pass == Pass::forward ? prop_kind::forward_inference : prop_kind::forward_training,
      algorithm::convolution_direct, plan.x, any_kernel, plan.bias, plan.out, strides, dilations, before, after);
  const auto backward = [&]<class Primitive>(std::type_identity<Primitive>) {
    return backward_descriptor<Primitive>(onednn_engine(), forward, attributes, algorithm::convolution_direct, plan.x,
                                          any_kernel, plan.out, strides, dilations, before, after);
  };

  const auto describe = [&](const auto& chosen, const memory::desc& blocked_kernel) {
    plan.fast = std::string_view(chosen.impl_info_str()).find("ref") == std::string_view::npos;
    plan.scratchpad = chosen.scratchpad_desc();
    plan.blocked_kernel = blocked_kernel;
  };
  if (key.pass == Pass::forward) {
    plan.primitive = dnnl::convolution_forward(forward);
    describe(forward, forward.weights_desc());
  } else if (key.pass == Pass::backward_data) {
    const auto chosen = backward(std::type_identity<dnnl::convolution_backward_data>());
    plan.primitive = dnnl::convolution_backward_data(chosen);
    describe(chosen, chosen.weights_desc());
  } else {
    const auto chosen = backward(std::type_identity<dnnl::convolution_backward_weights>());
    plan.primitive = dnnl::convolution_backward_weights(chosen);
    describe(chosen, chosen.diff_weights_desc());
  }
  plan.reordered = plan.blocked_kernel != plan.kernel;
  if (plan.reordered) {
    const memory plain(plan.kernel, onednn_engine(), nullptr), blocked(plan.blocked_kernel, onednn_engine(), nullptr);
    plan.reorder = key.pass == Pass::backward_weights ? dnnl::reorder(blocked, plain) : dnnl::reorder(plain, blocked);
  }
  return plan;
}

// Whether kernels come over in the plan's layout, and gradients back from it: not always, on some CPUs (oneDNN 3.7.2).
bool reorders_all(const Conv2dPlan& plan, Pass pass) {
  // Each cell has a number that float holds exactly, or shares it with others; what the layout adds is zero.
  constexpr std::size_t numbers = 1 << 24;
  const auto values_of = [](const memory& array) {
    return std::span(static_cast<float*>(array.get_data_handle()), array.get_desc().get_size() / sizeof(float));
  };
  memory plain(plan.kernel, onednn_engine()), blocked(plan.blocked_kernel, onednn_engine());
  const std::span<float> cells = values_of(plain), blocked_cells = values_of(blocked);
  std::vector<int32_t> missing(std::min(cells.size(), numbers - 1) + 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t number = 1 + i % (numbers - 1);
    cells[i] = static_cast<float>(number);
    ++missing[number];
  }
  std::fill(blocked_cells.begin(), blocked_cells.end(), std::numeric_limits<float>::quiet_NaN());
  dnnl::stream stream(onednn_engine());
  dnnl::reorder(plain, blocked).execute(stream, plain, blocked);
  stream.wait();
  missing[0] = static_cast<int32_t>(blocked_cells.size() - cells.size());
  for (const float value : blocked_cells) {
    const bool is_number = value >= 0 && value < static_cast<float>(missing.size());
    if (!is_number || --missing[static_cast<std::size_t>(value)] < 0) return false;
  }
  if (pass != Pass::backward_weights) return true;

  const std::vector<float> expected(cells.begin(), cells.end());
  std::fill(cells.begin(), cells.end(), 0.0f);
  plan.reorder.execute(stream, {{DNNL_ARG_FROM, blocked}, {DNNL_ARG_TO, plain}});
  stream.wait();
  return std::equal(expected.begin(), expected.end(), cells.begin());
}

// Whether, along one axis, a window has no tap on the `length` pixels.
bool misses_all(int64_t length, int64_t windows, int64_t taps, int64_t stride, int64_t dilation, int64_t padding) {
  for (int64_t window = 0; window < windows; ++window) {
    int64_t tap = 0;
    for (int64_t at = window * stride - padding; tap < taps && (at < 0 || at >= length); at += dilation) ++tap;
    if (tap == taps) return true;
  }
  return false;
}

}  // namespace

Conv2dPlan make_conv2d_plan(const Conv2dPlanKey& key) {
  try {
    Conv2dPlan plan = compile(key);
    if (plan.reordered && !reorders_all(plan, key.pass)) plan.fast = false;
    return plan;
  } catch (const dnnl::error&) {
    return Conv2dPlan();  // other kernels take over
  }
}

bool overruns_in_onednn(Pass pass, const Conv2dGeometry& g) {
  // The gradient of a strided 1x1 kernel: jit_1x1 first gathers the pixels that the stride leaves into its scratchpad,
  // in whole vectors of channels, and with fewer channels than that writes up to two kilobytes past its end (oneDNN
  // 2.6.3 and 3.7.2).
  if (pass == Pass::backward_weights && g.kernel_h == 1 && g.kernel_w == 1 && (g.stride_h > 1 || g.stride_w > 1))
    return true;
  // Windows that see padding only: brg_conv_fwd addresses pixels that are not there (oneDNN 3.7.2, AVX2).
  return misses_all(g.height, g.out_h, g.kernel_h, g.stride_h, g.dilation_h, g.pad_top) ||
         misses_all(g.width, g.out_w, g.kernel_w, g.stride_w, g.dilation_w, g.pad_left);
}

}  // namespace xtape::kernels
