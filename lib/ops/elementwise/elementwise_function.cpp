#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <vector>
#include <xtape/detail/elementwise_kernel.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/composite.hpp"
#include "autograd/lasting_name.hpp"
#include "autograd/list_op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/parallel.hpp"
#include "ops/registry.hpp"
#include "ops/support/broadcast.hpp"
#include "ops/support/dense.hpp"

namespace xtape::detail {

using autograd::aligned;
using autograd::Examples;
using autograd::Gradients;
using autograd::Mapped;
using autograd::Primals;
using autograd::Spec;
using autograd::stacked;

namespace {

// Elements that are worth waking another thread for: user code is seldom vectorized.
constexpr int64_t grain = 1 << 12;

// The shape of the result.
Shape check_inputs(const char* name, std::span<const Tensor> inputs) {
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

std::vector<Tensor> broadcast_contiguous(std::span<const Tensor> inputs, const Shape& shape) {
  std::vector<Tensor> result;
  for (const Tensor& x : inputs) result.push_back(broadcast_to(x.detach(), shape).contiguous());
  return result;
}

template <class T>
std::vector<const T*> addresses(const std::vector<Tensor>& tensors) {
  std::vector<const T*> result;
  for (const Tensor& tensor : tensors) result.push_back(core::elements<const T>(tensor));
  return result;
}

// Calls body(T{}, begin, end) for ranges of y, on several threads where that pays.
template <class Body>
void in_ranges(const Tensor& y, const Body& body) {
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    core::parallel_for(y.numel(), grain, [&](int64_t begin, int64_t end) { body(T{}, begin, end); });
  });
}

using Kernel = std::shared_ptr<const ElementwiseKernel>;

// The gradients of the wanted inputs, in the shape of the result; inputs are that of the result, and those of the
// function. In one pass each.
struct UserElementwiseVjp {
  static constexpr bool opaque = true;
  const char* operation;
  Kernel kernel;
  std::vector<bool> wanted;

  const char* name() const { return operation; }
  std::size_t outputs() const { return wanted.size(); }
  std::vector<Spec> shapes(std::span<const Tensor> inputs) const {
    std::vector<Spec> specs;
    for (const bool each : wanted) specs.push_back({inputs[0].shape(), inputs[0].dtype(), each});
    return specs;
  }
  void compute(std::span<const Tensor> inputs, std::span<const Tensor> gradients) const {
    const Tensor g = ops::dense(operation, inputs[0]);
    const std::vector<Tensor> x = broadcast_contiguous(inputs.subspan(1), g.shape());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (!wanted[i]) continue;
      in_ranges(g, [&]<class T>(T, int64_t begin, int64_t end) {
        kernel->vjp(i, addresses<T>(x).data(), core::elements<const T>(g), core::elements<T>(gradients[i]), begin, end);
      });
    }
  }
  // As broadcast inputs, of which the first one is to have the shape of all.
  std::vector<Tensor> batch(const Examples& examples, std::span<const Mapped> inputs) const {
    std::vector<Tensor> all{stacked(inputs[0], examples)};
    for (const Mapped& x : inputs.subspan(1)) all.push_back(aligned(x, inputs[0].rank()));
    return autograd::apply_list(*this, all);
  }
  std::vector<Tensor> decompose(std::span<const Tensor> inputs) const {
    std::vector<Tensor> x;
    for (const Tensor& input : inputs.subspan(1)) x.push_back(broadcast_to(input, inputs[0].shape()));
    const auto composed = [&](const std::vector<Tensor>& arguments) -> std::vector<Tensor> {
      return {broadcast_to(kernel->compose(arguments), inputs[0].shape())};
    };
    const std::unique_ptr<bool[]> flags(new bool[wanted.size()]);
    std::copy(wanted.begin(), wanted.end(), flags.get());
    return autograd::composite_gradients(composed, x, inputs.first(1), {flags.get(), wanted.size()});
  }
};

// f(x[0], x[1], ...) for each element of inputs that broadcast.
struct UserElementwise {
  static constexpr bool elementwise = true;
  static constexpr bool opaque = true;
  static constexpr bool keeps_all = true;
  const char* operation;
  Kernel kernel;
  std::size_t count;

  const char* name() const { return operation; }
  std::size_t outputs() const { return 1; }
  std::array<Spec, 1> shapes(std::span<const Tensor> inputs) const {
    return {Spec{check_inputs(operation, inputs), inputs[0].dtype()}};
  }
  void compute(std::span<const Tensor> inputs, std::span<const Tensor> y) const {
    const std::vector<Tensor> x = broadcast_contiguous(inputs, y[0].shape());
    in_ranges(y[0], [&]<class T>(T, int64_t begin, int64_t end) {
      kernel->value(addresses<T>(x).data(), core::elements<T>(y[0]), begin, end);
    });
  }
  void vjp(const Primals& primals, std::span<const Tensor> g, Gradients& gradients) const {
    UserElementwiseVjp op{operation, kernel, {}};
    std::vector<Tensor> inputs{g[0]};
    for (std::size_t i = 0; i < count; ++i) {
      inputs.push_back(primals.input(i));
      op.wanted.push_back(gradients.needed(i));
    }
    const std::vector<Tensor> results = autograd::apply_list(op, inputs);
    for (std::size_t i = 0; i < count; ++i) {
      if (gradients.needed(i)) gradients.set_summed(i, results[i]);
    }
  }
  std::vector<Tensor> decompose(std::span<const Tensor> inputs) const {
    return {broadcast_to(kernel->compose({inputs.begin(), inputs.end()}), check_inputs(operation, inputs))};
  }
};

}  // namespace

Tensor apply_elementwise(const std::string& name, Kernel kernel, const std::vector<Tensor>& inputs) {
  check_inputs(name.c_str(), inputs);
  const UserElementwise op{autograd::lasting_name(name), std::move(kernel), inputs.size()};
  return autograd::apply_list(op, inputs)[0];
}

}  // namespace xtape::detail

void xtape::ops::describe_elementwise_function(autograd::Registry& to) {
  to.add_list<detail::UserElementwise>("elementwise");
  to.add_list<detail::UserElementwiseVjp>("elementwise_vjp");
}
