#include <dnnl.hpp>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/parallel.hpp"
#include "kernels/elementwise/bias_activation.hpp"
#include "kernels/isa.hpp"
#include "kernels/onednn/conv2d.hpp"
#include "kernels/onednn/descriptors.hpp"
#include "kernels/onednn/lru_cache.hpp"
#include "kernels/simd/reduction/reduce.hpp"
#include "kernels/support/broadcast.hpp"
#include "kernels/support/chunks.hpp"
#include "kernels/support/workspace.hpp"

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
    dnnl::post_ops operations;
    append_relu(operations);
    attributes.set_post_ops(operations);
  }
  const auto forward = forward_descriptor<dnnl::convolution_forward>(
      engine(), attributes, key.pass == Pass::forward ? prop_kind::forward_inference : prop_kind::forward_training,
      algorithm::convolution_direct, plan.x, any_kernel, plan.bias, plan.out, strides, dilations, before, after);
  const auto backward = [&]<class Primitive>(std::type_identity<Primitive>) {
    return backward_descriptor<Primitive>(engine(), forward, attributes, algorithm::convolution_direct, plan.x,
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
    const memory plain(plan.kernel, engine(), nullptr), blocked(plan.blocked_kernel, engine(), nullptr);
    plan.reorder = key.pass == Pass::backward_weights ? dnnl::reorder(blocked, plain) : dnnl::reorder(plain, blocked);
  }
  return plan;
}

std::shared_ptr<const Plan> find_plan(const PlanKey& key) {
  static LruCache<PlanKey, Plan> plans(128);
  return plans.get(key, [&] {
    try {
      return make_plan(key);
    } catch (const dnnl::error&) {
      return Plan();  // not fast: other kernels take over
    }
  });
}

// A primitive and its arguments.
struct Call {
  void add(int role, const memory& object) { arguments.push_back({role, object.get()}); }
  void run() const {
    dnnl::error::wrap_c_api(
        dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(arguments.size()), arguments.data()),
        "could not execute a primitive");
  }

  dnnl::primitive primitive;
  std::vector<dnnl_exec_arg_t> arguments;
};

// A plan with its memory objects: made once per thread, so that a call only sets addresses.
struct Execution {
  Execution(std::shared_ptr<const Plan> shared_plan, Pass pass)
      : plan(std::move(shared_plan)), convolution{plan->primitive, {}}, reorder{plan->reorder, {}} {
    const bool forward = pass == Pass::forward, backward_weights = pass == Pass::backward_weights;
    convolution.add(pass == Pass::backward_data ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, x);
    convolution.add(forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, out);
    convolution.add(backward_weights ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, blocked_kernel);
    convolution.add(DNNL_ARG_BIAS, bias);
    convolution.add(DNNL_ARG_SCRATCHPAD, scratchpad);
    reorder.add(DNNL_ARG_FROM, backward_weights ? blocked_kernel : kernel);
    reorder.add(DNNL_ARG_TO, backward_weights ? kernel : blocked_kernel);
  }

  static memory unset(const memory::desc& description) { return memory(description, engine(), nullptr); }

  std::shared_ptr<const Plan> plan;
  memory x = unset(plan->x), kernel = unset(plan->kernel), blocked_kernel = unset(plan->blocked_kernel),
         bias = unset(plan->bias), out = unset(plan->out), scratchpad = unset(plan->scratchpad);
  Call convolution, reorder;
};

// oneDNN takes mutable pointers for inputs too.
void set(const memory& object, const float* data) { object.set_data_handle(const_cast<float*>(data)); }

// Runs one pass, or returns false where oneDNN has no fast kernel. `kernel` is read by the forward and data passes
// and written by the weights pass; `bias` may be null.
bool run(Pass pass, const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
         const float* out) {
  thread_local LruCache<PlanKey, Execution> executions(128);
  const core::PoolClaim claim;
  const PlanKey key{pass, geometry, bias != nullptr, relu, claim.threads()};
  const auto execution = executions.get(key, [&] { return Execution(find_plan(key), pass); });
  const Plan& plan = *execution->plan;
  if (!plan.fast) return false;

  const Workspace scratch(plan.scratchpad.get_size());
  const Workspace blocked(plan.reordered ? plan.blocked_kernel.get_size() : 0);
  set(execution->x, x);
  set(execution->out, out);
  set(execution->blocked_kernel, plan.reordered ? blocked.as<float>() : kernel);
  if (bias) set(execution->bias, bias);
  set(execution->scratchpad, scratch.as<float>());
  if (plan.reordered) set(execution->kernel, kernel);

  if (plan.reordered && pass != Pass::backward_weights) execution->reorder.run();
  execution->convolution.run();
  if (plan.reordered && pass == Pass::backward_weights) execution->reorder.run();
  return true;
}

int64_t x_size(const Conv2dGeometry& g) { return g.batch * g.height * g.width * g.in_channels; }
int64_t out_size(const Conv2dGeometry& g) { return g.batch * g.out_h * g.out_w * g.out_channels; }

// NaN if any element is.
double largest_size_of(const float* x, int64_t n) {
  const int64_t chunks = chunk_count(n, 1, elementwise_grain);
  std::vector<float> largest(static_cast<std::size_t>(chunks));
  for_each_chunk(n, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    largest[chunk] = XTAPE_DISPATCH(largest_size(x + begin, end - begin));
  });
  return XTAPE_DISPATCH(largest_size(largest.data(), chunks));
}

// Whether no sum of products is infinite or NaN, in whatever order it is added up.
bool sums_are_finite(const Conv2dGeometry& g, const float* x, const float* kernel, const float* bias) {
  const double terms = static_cast<double>(g.kernel_h * g.kernel_w * (g.in_channels / g.groups));
  const double largest_bias = bias ? largest_size_of(bias, g.out_channels) : 0;
  const double largest_kernel = largest_size_of(kernel, kernel_size(g)), largest_x = largest_size_of(x, x_size(g));
  return terms * largest_kernel * largest_x + largest_bias < std::numeric_limits<float>::max() / 2;
}

}  // namespace

// oneDNN's ReLU is a maximum that makes 0 of NaN. It is left to it where no sum can become NaN, which a look at what is
// read tells at less cost than another pass over what is written; unless x is so much larger that it does not.
bool onednn_conv2d(const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
                   float* out) {
  const bool fused = relu && x_size(geometry) <= 2 * out_size(geometry) && sums_are_finite(geometry, x, kernel, bias);
  if (!run(Pass::forward, geometry, x, kernel, bias, fused, out)) return false;
  if (relu && !fused) bias_activation<float>(Activation::relu, out, nullptr, out_size(geometry), 1);
  return true;
}

bool onednn_conv2d_backward_data(const Conv2dGeometry& geometry, const float* grad, const float* kernel,
                                 float* grad_x) {
  return run(Pass::backward_data, geometry, grad_x, kernel, nullptr, false, grad);
}

bool onednn_conv2d_backward_weights(const Conv2dGeometry& geometry, const float* x, const float* grad,
                                    float* grad_kernel) {
  return run(Pass::backward_weights, geometry, x, grad_kernel, nullptr, false, grad);
}

}  // namespace xtape::kernels
