#include "kernels/onednn/conv2d.hpp"

#include <limits>
#include <vector>

#include "core/parallel.hpp"
#include "kernels/convolution/im2col_conv2d.hpp"
#include "kernels/elementwise/bias_activation.hpp"
#include "kernels/isa.hpp"
#include "kernels/onednn/conv2d_pieces.hpp"
#include "kernels/onednn/conv2d_plan.hpp"
#include "kernels/onednn/lru_cache.hpp"
#include "kernels/simd/reduction/reduce.hpp"
#include "kernels/support/broadcast.hpp"
#include "kernels/support/chunks.hpp"
#include "kernels/support/partial_sums.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

using dnnl::memory;
using Pass = ConvolutionPass;
using Plan = Conv2dPlan;
using PlanKey = Conv2dPlanKey;

dnnl::stream& stream() {
  thread_local dnnl::stream own(onednn_engine());
  return own;
}

std::shared_ptr<const Plan> find_plan(const PlanKey& key) {
  static auto& plans = *new LruCache<PlanKey, Plan>(128);  // threads may compute until the process ends
  return plans.get(key, [&] { return overruns_in_onednn(key.pass, key.geometry) ? Plan() : make_conv2d_plan(key); });
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

  static memory unset(const memory::desc& description) { return memory(description, onednn_engine(), nullptr); }

  std::shared_ptr<const Plan> plan;
  memory x = unset(plan->x), kernel = unset(plan->kernel), blocked_kernel = unset(plan->blocked_kernel),
         bias = unset(plan->bias), out = unset(plan->out), scratchpad = unset(plan->scratchpad);
  Call convolution, reorder;
};

// oneDNN takes mutable pointers for inputs too.
void set(const memory& object, const float* data) { object.set_data_handle(const_cast<float*>(data)); }

// Runs one pass on the calling thread, or returns false where oneDNN has no fast kernel. `kernel` is read by the
// forward and data passes and written by the weights pass; `bias` may be null.
bool run(Pass pass, const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
         const float* out) {
  thread_local LruCache<PlanKey, Execution> executions(128);
  const core::PoolClaim claim;
  const PlanKey key{pass, geometry, bias != nullptr, relu};
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

// Whether there is a fast kernel for a piece.
bool is_fast(Pass pass, const Conv2dPiece& piece, bool bias = false, bool relu = false) {
  const core::PoolClaim claim;  // compiled for one thread
  return find_plan({pass, piece.geometry, bias, relu})->fast;
}

// Calls body(piece) for each piece, in parallel.
template <class Body>
void for_each_piece(const std::vector<Conv2dPiece>& pieces, const Body& body) {
  const core::PoolClaim claim;
  core::for_parts(claim, static_cast<int64_t>(pieces.size()),
                  [&](int64_t part) { body(pieces[static_cast<std::size_t>(part)]); });
}

}  // namespace

// oneDNN's ReLU is a maximum that makes 0 of NaN. It is left to it where no sum can become NaN, which a look at what is
// read tells at less cost than another pass over what is written; unless x is so much larger that it does not.
bool onednn_conv2d(const Conv2dGeometry& geometry, const float* x, const float* kernel, const float* bias, bool relu,
                   float* out) {
  const bool fused = relu && x_size(geometry) <= 2 * out_size(geometry) && sums_are_finite(geometry, x, kernel, bias);
  const auto pieces = conv2d_pieces(geometry, Cut::output_rows, sums_per_thread<float>(kernel_size(geometry)));
  if (pieces.size() == 1) {
    if (!run(Pass::forward, geometry, x, kernel, bias, fused, out)) return false;
  } else {
    if (!is_fast(Pass::forward, pieces[0], bias != nullptr, fused)) return false;
    for_each_piece(pieces, [&](const Conv2dPiece& p) {
      if (!run(Pass::forward, p.geometry, x + p.x, kernel, bias, fused, out + p.out))
        im2col_conv2d(p.geometry, x + p.x, kernel, bias, fused, out + p.out);
    });
  }
  if (relu && !fused) bias_activation<float>(Activation::relu, out, nullptr, out_size(geometry), 1);
  return true;
}

bool onednn_conv2d_backward_data(const Conv2dGeometry& geometry, const float* grad, const float* kernel,
                                 float* grad_x) {
  const auto pieces = conv2d_pieces(geometry, Cut::input_rows, sums_per_thread<float>(kernel_size(geometry)));
  if (pieces.size() == 1) return run(Pass::backward_data, geometry, grad_x, kernel, nullptr, false, grad);
  if (!is_fast(Pass::backward_data, pieces[0])) return false;
  for_each_piece(pieces, [&](const Conv2dPiece& p) {
    if (!run(Pass::backward_data, p.geometry, grad_x + p.x, kernel, nullptr, false, grad + p.out))
      im2col_conv2d_backward_data(p.geometry, grad + p.out, kernel, grad_x + p.x);
  });
  return true;
}

bool onednn_conv2d_backward_weights(const Conv2dGeometry& geometry, const float* x, const float* grad,
                                    float* grad_kernel) {
  const int64_t size = kernel_size(geometry);
  const auto pieces = conv2d_pieces(geometry, Cut::output_rows, sums_per_thread<float>(size));
  if (pieces.size() == 1) return run(Pass::backward_weights, geometry, x, grad_kernel, nullptr, false, grad);
  if (!is_fast(Pass::backward_weights, pieces[0])) return false;
  sum_of_parts(static_cast<int64_t>(pieces.size()), size, grad_kernel, [&](int64_t part, float* sum) {
    const Conv2dPiece& p = pieces[static_cast<std::size_t>(part)];
    if (!run(Pass::backward_weights, p.geometry, x + p.x, sum, nullptr, false, grad + p.out))
      im2col_conv2d_backward_weights(p.geometry, x + p.x, grad + p.out, sum);
  });
  return true;
}

}  // namespace xtape::kernels
