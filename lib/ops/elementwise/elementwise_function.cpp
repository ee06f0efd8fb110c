#include <xtape/detail/elementwise_kernel.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/lasting_name.hpp"
#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/parallel.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/composite.hpp"
#include "ops/support/conversion.hpp"

namespace xtape::detail {

using autograd::Gradients;
using autograd::Saved;

namespace {

// Elements that are worth waking another thread for: user code is seldom vectorized.
constexpr int64_t grain = 1 << 12;

// The shape of the result.
Shape check_inputs(const char* name, const std::vector<Tensor>& inputs) {
  Shape shape;
  for (const Tensor& x : inputs) {
    core::check_floating(name, x);
    if (x.dtype() != inputs[0].dtype()) {
      throw DTypeError(std::string(name) + ": the inputs must have one type, got " + xtape::name(inputs[0].dtype()) +
                       " and " + xtape::name(x.dtype()));
    }
    shape = broadcast_shapes(shape, x.shape(), name);
  }
  return shape;
}

std::vector<Tensor> broadcast_contiguous(const char* name, const std::vector<Tensor>& inputs, const Shape& shape) {
  std::vector<Tensor> result;
  for (const Tensor& x : inputs) result.push_back(ops::contiguous(name, broadcast_to(x.detach(), shape)));
  return result;
}

template <class T>
std::vector<const T*> addresses(const std::vector<Tensor>& tensors) {
  std::vector<const T*> result;
  for (const Tensor& tensor : tensors) result.push_back(core::elements<const T>(tensor));
  return result;
}

// The gradients of the inputs in one pass each.
void fused_vjp(const char* name, const ElementwiseKernel& kernel, const std::vector<Tensor>& inputs,
               const Tensor& output_gradient, Gradients& gradients) {
  const Tensor g = ops::contiguous(name, output_gradient);
  const std::vector<Tensor> x = broadcast_contiguous(name, inputs, g.shape());
  core::switch_floating(g.dtype(), [&]<class T>(T) {
    const std::vector<const T*> from = addresses<T>(x);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!gradients.needed(i)) continue;
      const Tensor gradient = core::make_like(g, name);
      core::parallel_for(g.numel(), grain, [&](int64_t begin, int64_t end) {
        kernel.vjp(i, from.data(), core::elements<const T>(g), core::elements<T>(gradient), begin, end);
      });
      gradients.set(i, sum_to_shape(gradient, inputs[i].shape()));
    }
  });
}

}  // namespace

Tensor apply_elementwise(const std::string& name, std::shared_ptr<const ElementwiseKernel> kernel,
                         const std::vector<Tensor>& inputs) {
  const Shape shape = check_inputs(name.c_str(), inputs);

  const std::vector<Tensor> x = broadcast_contiguous(name.c_str(), inputs, shape);
  const Tensor y = core::make_tensor(shape, inputs[0].dtype(), name.c_str());
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    const std::vector<const T*> from = addresses<T>(x);
    core::parallel_for(y.numel(), grain, [&](int64_t begin, int64_t end) {
      kernel->value(from.data(), core::elements<T>(y), begin, end);
    });
  });

  bool needed = false;
  for (const Tensor& input : inputs) needed |= autograd::needs_grad(input);
  if (needed) {
    const std::vector<Saved> saved(inputs.begin(), inputs.end());
    const char* const lasting = autograd::lasting_name(name);
    autograd::record(lasting, std::span(&y, 1), inputs,
                     [lasting, kernel = std::move(kernel), saved](const Tensor& g, Gradients& gradients) {
                       std::vector<Tensor> values;
                       for (const Saved& input : saved) values.push_back(input.get());
                       if (!autograd::recording) return fused_vjp(lasting, *kernel, values, g, gradients);
                       const auto composed = [&](const std::vector<Tensor>& arguments) -> std::vector<Tensor> {
                         return {broadcast_to(kernel->compose(arguments), g.shape())};
                       };
                       ops::composite_vjp(composed, values, std::span(&g, 1), gradients);
                     });
  }
  return y;
}

}  // namespace xtape::detail
