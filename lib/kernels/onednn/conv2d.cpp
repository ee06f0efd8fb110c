#include <dnnl.hpp>
#include <string_view>
#include <unordered_map>

#include "core/parallel.hpp"
#include "kernels/isa.hpp"
#include "kernels/onednn/lru_cache.hpp"
#include "kernels/onednn_conv2d.hpp"
#include "kernels/workspace.hpp"

namespace xtape::kernels {
namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Tag = dnnl::memory::format_tag;

enum class Pass { forward, backward_data, backward_weights };

// A primitive is compiled for one shape and one number of threads.
struct PlanKey {
  Pass pass;
  Conv2dGeometry geometry;
  bool bias, relu;
  int threads;

  friend bool operator==(const PlanKey&, const PlanKey&) = default;
};

// Activations stay in NHWC; the kernel is reordered to the blocked layout that the primitive prefers.
struct Plan {
  bool fast = false;
  dnnl::primitive primitive;
  dnnl::reorder reorder;
  bool reordered = false;
  memory::desc x, kernel, blocked_kernel, bias, out, scratchpad;
};

const dnnl::engine& engine() {
  static const dnnl::engine cpu = [] {
    // oneDNN follows the instruction set that our own kernels were told to use.
    if (active_isa() == Isa::baseline) dnnl::set_max_cpu_isa(dnnl::cpu_isa::sse41);
    if (active_isa() == Isa::x86_64_v3) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  }();
  return cpu;
}

dnnl::stream& stream() {
  thread_local dnnl::stream own(engine());
  return own;
}

Plan make_plan(const PlanKey& key) {
  const Conv2dGeometry& g = key.geometry;
  const bool grouped = g.groups > 1;
  const int64_t in = g.in_channels / g.groups, out = g.out_channels / g.groups;
  const auto kernel_dims =
      grouped ? memory::dims{g.groups, out, in, g.kernel_h, g.kernel_w} : memory::dims{out, in, g.kernel_h, g.kernel_w};
  constexpr auto f32 = memory::data_type::f32;

  Plan plan;
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
    dnnl::post_ops relu;
    relu.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(relu);
  }
  const dnnl::convolution_forward::desc forward_desc(
      key.pass == Pass::forward ? prop_kind::forward_inference : prop_kind::forward_training,
      algorithm::convolution_direct, plan.x, any_kernel, plan.bias, plan.out, strides, dilations, before, after);
  const dnnl::convolution_forward::primitive_desc forward(forward_desc, attributes, engine());

  const auto describe = [&](const auto& chosen, const memory::desc& blocked_kernel) {
    plan.fast = std::string_view(chosen.impl_info_str()).find("ref") == std::string_view::npos;
    plan.scratchpad = chosen.scratchpad_desc();
    plan.blocked_kernel = blocked_kernel;
  };
  if (key.pass == Pass::forward) {
    plan.primitive = dnnl::convolution_forward(forward);
    describe(forward, forward.weights_desc());
  } else if (key.pass == Pass::backward_data) {
    const dnnl::convolution_backward_data::primitive_desc backward(
        {algorithm::convolution_direct, plan.x, any_kernel, plan.out, strides, dilations, before, after}, attributes,
        engine(), forward);
    plan.primitive = dnnl::convolution_backward_data(backward);
    describe(backward, backward.weights_desc());
  } else {
    const dnnl::convolution_backward_weights::primitive_desc backward(
        {algorithm::convolution_direct, plan.x, any_kernel, plan.out, strides, dilations, before, after}, attributes,
        engine(), forward);
    plan.primitive = dnnl::convolution_backward_weights(backward);
    describe(backward, backward.diff_weights_desc());
  }
  plan.reordered = plan.blocked_kernel != plan.kernel;
  if (plan.reordered) {
    const memory plain(plan.kernel, engine(), nullptr), blocked(plan.blocked_kernel, engine(), nullptr);
    plan.reorder = key.pass == Pass::backward_weights ? dnnl::reorder(blocked, plain) : dnnl::reorder(plain, blocked);
  }
  return plan;
}

std::shared_ptr<const Plan> find_plan(Pass pass, const Conv2dGeometry& geometry, bool bias, bool relu, int threads) {
  static LruCache<PlanKey, Plan> plans(128);
  const PlanKey key{pass, geometry, bias, relu, threads};
  return plans.get(key, [&] { return make_plan(key); });
}

// oneDNN takes mutable pointers for inputs too.
memory wrap(const memory::desc& description, const float* data) {
  return memory(description, engine(), const_cast<float*>(data));
}

// Executes a plan; `kernel` is read by the forward and data passes and written by the weights pass.
void run(const Plan& plan, Pass pass, memory kernel, std::unordered_map<int, memory> arguments) {
  const Workspace scratch(plan.scratchpad.get_size());
  const Workspace blocked_data(plan.reordered ? plan.blocked_kernel.get_size() : 0);
  memory blocked = plan.reordered ? wrap(plan.blocked_kernel, blocked_data.as<float>()) : kernel;
  if (plan.reordered && pass != Pass::backward_weights) plan.reorder.execute(stream(), kernel, blocked);
  arguments[pass == Pass::backward_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS] = blocked;
  arguments[DNNL_ARG_SCRATCHPAD] = wrap(plan.scratchpad, scratch.as<float>());
  plan.primitive.execute(stream(), arguments);
  if (plan.reordered && pass == Pass::backward_weights) plan.reorder.execute(stream(), blocked, kernel);
}

}  // namespace

bool onednn_conv2d(const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
                   float* out) {
  const core::PoolClaim claim;
  const auto plan = find_plan(Pass::forward, geometry, bias != nullptr, relu, claim.threads());
  if (!plan->fast) return false;
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, wrap(plan->x, x)}, {DNNL_ARG_DST, wrap(plan->out, out)}};
  if (bias) arguments[DNNL_ARG_BIAS] = wrap(plan->bias, bias);
  run(*plan, Pass::forward, wrap(plan->kernel, kernel), std::move(arguments));
  return true;
}

bool onednn_conv2d_backward_data(const Conv2dGeometry& geometry, const float* grad, const float* kernel,
                                 float* grad_x) {
  const core::PoolClaim claim;
  const auto plan = find_plan(Pass::backward_data, geometry, false, false, claim.threads());
  if (!plan->fast) return false;
  run(*plan, Pass::backward_data, wrap(plan->kernel, kernel),
      {{DNNL_ARG_DIFF_DST, wrap(plan->out, grad)}, {DNNL_ARG_DIFF_SRC, wrap(plan->x, grad_x)}});
  return true;
}

bool onednn_conv2d_backward_weights(const Conv2dGeometry& geometry, const float* x, const float* grad,
                                    float* grad_kernel) {
  const core::PoolClaim claim;
  const auto plan = find_plan(Pass::backward_weights, geometry, false, false, claim.threads());
  if (!plan->fast) return false;
  run(*plan, Pass::backward_weights, wrap(plan->kernel, grad_kernel),
      {{DNNL_ARG_SRC, wrap(plan->x, x)}, {DNNL_ARG_DIFF_DST, wrap(plan->out, grad)}});
  return true;
}

}  // namespace xtape::kernels
