#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/grad_mode.hpp"
#include "autograd/node.hpp"
#include "autograd/saved.hpp"

namespace xtape::autograd {

// The inputs of an operation, for record: Inputs{a, b}.
template <std::size_t N>
struct Inputs {
  std::array<const Tensor*, N> tensors;
  template <class... Tensors>
  explicit Inputs(const Tensors&... inputs) : tensors{&inputs...} {}
};
template <class... Tensors>
Inputs(const Tensors&...) -> Inputs<sizeof...(Tensors)>;

template <std::size_t N>
std::array<Edge, N> edges_to(const Inputs<N>& inputs) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return std::array<Edge, N>{Edge(*inputs.tensors[i])...};
  }(std::make_index_sequence<N>());
}
inline std::vector<Edge> edges_to(std::span<const Tensor> inputs) { return {inputs.begin(), inputs.end()}; }

// Edges and vjp are made in their place here, and never moved.
template <class Edges, class Vjp>
class VjpNode final : public Node {
 public:
  // `outputs`: one tensor or a span of them.
  template <class Outputs, class From>
  VjpNode(const char* name, const Outputs& outputs, const From& inputs, Vjp&& vjp)
      : Node(name, outputs), edges_(edges_to(inputs)), vjp_(std::move(vjp)) {
    sequence_ = next_sequence(edges_);
  }

  void run(std::span<const Tensor> output_gradients, Gradients& gradients) const override {
    if constexpr (std::is_invocable_v<const Vjp&, const Tensor&, Gradients&>) {
      (*vjp_)(output_gradients[0], gradients);
    } else {
      (*vjp_)(output_gradients, gradients);
    }
  }
  std::span<const Edge> edges() const override { return edges_; }

 private:
  void free_saved() noexcept override { vjp_.reset(); }

  Edges edges_;
  std::optional<Vjp> vjp_;
};

// Puts an operation on the tape. `output` is a new tensor that nobody else holds yet; `vjp` is called as
// vjp(const Tensor& output_gradient, Gradients&), perhaps by several threads at once, and written with public
// operations, so that it can itself be recorded. Tensors that it keeps are Saved, but for those that the operation has
// made itself and shows nobody. To be called only where needs_grad(inputs...) holds: nothing is saved in vain.
template <std::size_t N, class Vjp>
void record(const char* name, const Tensor& output, const Inputs<N>& inputs, Vjp&& vjp) {
  using Recorded = VjpNode<std::array<Edge, N>, Vjp>;
  core::TensorImpl* tensor = core::impl(output);
  tensor->node = detail::Reference<core::TapeNode>::adopt(new Recorded(name, output, inputs, std::move(vjp)));
  tensor->requires_grad = true;
}

// The same for any number of inputs and outputs; vjp(std::span<const Tensor> output_gradients, Gradients&), where
// gradients of unused outputs are undefined. Outputs that are not floating have none.
template <class Vjp>
void record(const char* name, std::span<const Tensor> outputs, std::span<const Tensor> inputs, Vjp&& vjp) {
  using Recorded = VjpNode<std::vector<Edge>, Vjp>;
  const auto node = detail::Reference<core::TapeNode>::adopt(new Recorded(name, outputs, inputs, std::move(vjp)));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    core::TensorImpl* tensor = core::impl(outputs[i]);
    if (!is_floating(tensor->dtype)) continue;
    tensor->node = node;
    tensor->output_index = static_cast<uint32_t>(i);
    tensor->requires_grad = true;
  }
}

}  // namespace xtape::autograd
