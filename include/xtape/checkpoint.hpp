#pragma once

#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// function(inputs) with memory traded for time: of what the operations in `function` save for their derivatives nothing
/// stays; it is computed again when a run of backward comes by, and freed as that run goes on. A chain of n layers cut into
/// sqrt(n) checkpoints needs memory for about 2 sqrt(n) layers and one more forward pass.
///
///     const Tensor h = checkpoint([&](const Tensor& x) { return block(x); }, input);
///
/// Values and gradients are those of the plain call, bit for bit: also the gradients of weights and other tensors that
/// `function` closes over, under create_graph, and inside of another checkpoint. Random numbers (dropout) are drawn again
/// as they were, whatever other threads draw in between. `function` is kept, with all that it holds, until the derivative
/// is computed or the graph is gone. The second time it must compute the same: what it reads must not have changed, and
/// effects of its own come twice (is_recomputing() tells); retain_grad() on what it computes has no effect. A
/// cross-entropy of a softmax within sees probabilities alone.
/// Where operations are not recorded, or nothing in `function` requires a gradient, this is the plain call.
/// @throws ValueError if the function is empty or returns an undefined tensor; AutogradError if it changes an input in
/// place, and, in backward, if an input or a leaf that it reads was changed in place, or the function computes other shapes
/// or other values (by more than rounding: 1e-4 in float32, 1e-10 in float64, relative to the norm of an output), draws
/// other random numbers or depends on other tensors than the first time.
/// Chen, Xu, Zhang, Guestrin: Training Deep Nets with Sublinear Memory Cost, 2016.
XTAPE_API std::vector<Tensor> checkpoint(std::function<std::vector<Tensor>(const std::vector<Tensor>&)> function,
                                         const std::vector<Tensor>& inputs);
/// The same for one input and one output.
template <class Function>
requires std::is_invocable_r_v<Tensor, Function&, const Tensor&>
Tensor checkpoint(Function function, const Tensor& input) {
  if constexpr (std::is_constructible_v<Function, std::nullptr_t>) {
    if (!function) return checkpoint(nullptr, std::vector<Tensor>{input}).front();
  }
  return checkpoint(
             [function = std::move(function)](const std::vector<Tensor>& inputs) mutable {
               return std::vector<Tensor>{function(inputs[0])};
             },
             std::vector<Tensor>{input})
      .front();
}

/// Whether a checkpoint runs its function again on this thread: for effects that are to happen once, such as the moving
/// averages of BatchNormalization.
XTAPE_API bool is_recomputing();

}  // namespace xtape
