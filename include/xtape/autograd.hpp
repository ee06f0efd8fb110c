#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <xtape/tensor.hpp>

namespace xtape {

/// Gradients and threads. A thread records by itself; a graph may be run and destroyed on another thread than it was
/// recorded on. Threads may at the same time:
/// - run `backward` and `grad` over graphs that share tensors, leaves or operations, all of them with retain_graph
///   where operations are shared: without it an operation is freed by whoever comes first, and the other run throws
///   the AutogradError of a graph that was already freed;
/// - call grad(), set_grad and zero_grad of one leaf, while others run `backward` into it: each reads or replaces the
///   whole gradient, and a gradient that was handed out does not change any more.
/// Changes in place, set_requires_grad and assignments to one Tensor object are for one thread at a time. A vjp of
/// one's own that several runs reach is called by several threads at once. `backward` and `grad` may be called inside
/// a vjp: they are runs of their own.

namespace detail {

// Puts back the modes of its thread at its end.
class XTAPE_API GradModeScope {
 public:
  GradModeScope(const GradModeScope&) = delete;
  GradModeScope& operator=(const GradModeScope&) = delete;

 protected:
  GradModeScope();
  ~GradModeScope();

 private:
  const bool recording_, inference_, withheld_;
};

}  // namespace detail

/// While an instance lives, operations on this thread are not recorded and results need no gradient. Within a function
/// that a transform runs (`vmap`, `jvp`), that goes for gradients taken outside of the transform too.
class XTAPE_API NoGrad : detail::GradModeScope {
 public:
  NoGrad();
};

/// While an instance lives, operations on this thread are recorded, also under NoGrad, in InferenceMode or within a vjp,
/// where they are not otherwise: to compute a part of a model again, say, and run it backwards there.
class XTAPE_API EnableGrad : detail::GradModeScope {
 public:
  EnableGrad();
};

/// NoGrad for results that are only read: operations on this thread are not recorded, and results carry nothing beside
/// their elements. Under NoGrad those of softmax and sigmoid remember what they were made of, so that a cross-entropy of
/// them is exact, and keep it in memory; here they do not, and it is computed of the probabilities.
///
/// What is computed here are ordinary tensors all the same. They may be used, changed and saved by a tape afterwards, and
/// made leaves, as constants may. (PyTorch forbids that, to save the version of a tensor; here it is a number beside the
/// elements, and tensors that a tape outside has saved are still found changed.) NoGrad inside changes nothing,
/// EnableGrad inside records as outside.
class XTAPE_API InferenceMode : detail::GradModeScope {
 public:
  InferenceMode();
};

/// Whether operations on this thread are recorded (the default).
XTAPE_API bool grad_enabled();
/// Whether this thread is in InferenceMode.
XTAPE_API bool inference_mode_enabled();

/// x as a constant: the same elements, through which no gradient and no tangent passes, in whatever transform. The name
/// that TensorFlow and JAX have for x.detach().
XTAPE_API Tensor stop_gradient(const Tensor& x);

/// Adds the gradient of sum(outputs[i] * gradients[i]) to grad() of every leaf; an undefined gradient stands for ones
/// where its output has one element. If it throws, every grad() is as it was, though the part of the graph that has run
/// is freed unless it is retained. @throws as Tensor::backward; ValueError for no outputs, or gradients that are
/// neither none nor one for each.
XTAPE_API void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& gradients = {},
                        BackwardOptions options = {});

struct GradOptions {
  /// The gradients of the outputs; as in `backward`.
  std::vector<Tensor> gradients = {};
  /// Record the computation of the gradients, so that they can be differentiated again.
  bool create_graph = false;
  /// Keep the graph for another run; implied by create_graph.
  bool retain_graph = false;
  /// Return an undefined tensor for an input that the outputs do not depend on, instead of throwing; also where they
  /// depend on no leaf at all.
  bool allow_unused = false;
};

/// The gradients of the outputs with respect to `inputs` (leaves or intermediate results), tensors of their own that
/// share memory with nothing. grad() of the leaves stays as it is; only the operations between inputs and outputs run
/// backwards.
/// @throws as `backward`; also, before anything runs, AutogradError for an input that requires no gradient or, unless
/// `allow_unused`, that the outputs do not depend on.
XTAPE_API std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                                   const GradOptions& options = {});
/// The same for one output: `grad(loss, model.trainable_variables())`, `grad(loss, {w, b})`. What stands in braces is
/// a list, also if it is one tensor: `grad(loss, {w})` returns a vector.
template <std::same_as<Tensor> Output>
std::vector<Tensor> grad(const Output& output, const std::vector<Tensor>& inputs, const GradOptions& options = {}) {
  return grad(std::vector<Tensor>{output}, inputs, options);
}
/// The same for one output and one input.
template <std::same_as<Tensor> Output, std::same_as<Tensor> Input>
Tensor grad(const Output& output, const Input& input, const GradOptions& options = {}) {
  return grad(std::vector<Tensor>{output}, std::vector<Tensor>{input}, options).front();
}

/// A differentiable function with a derivative of one's own.
struct CustomOp {
  /// Appears in error messages.
  std::string name;
  /// Computes the outputs, one at least; runs without recording. It may return an input, or a tensor twice: the results
  /// of custom_op are new tensors that share elements with what it returns. It must not change its inputs.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)> forward;
  /// Computes the gradients of the inputs, one for each, of the input's shape and type; an undefined one is zero, and
  /// that of an input that needs none is ignored. `output_gradients` are
  /// - one for each output, undefined for an output that was not used, or is not floating;
  /// - dense tensors of the output's shape and type, which the vjp may change, keep or return.
  /// `inputs` and `outputs` are those of the forward call and must not be changed. Written with xtape's operations the
  /// vjp can be differentiated again; they are recorded only then (see EnableGrad).
  std::function<std::vector<Tensor>(const std::vector<Tensor>& output_gradients, const std::vector<Tensor>& inputs,
                                    const std::vector<Tensor>& outputs)>
      vjp;
  /// For forward mode; may be left out. Computes the tangents of the outputs, one for each, of the output's shape and
  /// type; an undefined one is zero. `tangents` are one for each input, undefined where it has none. Written with xtape's
  /// operations it can be differentiated again.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& tangents, const std::vector<Tensor>& inputs,
                                    const std::vector<Tensor>& outputs)>
      jvp = {};
};

/// Runs `op.forward` and records `op.vjp` for backward. Outputs require a gradient if they are floating and an input
/// does.
/// @throws ValueError if a function is missing, an input is undefined, or forward returns nothing or an undefined
/// tensor; AutogradError, in backward, naming the op and the input, if vjp returns another number of gradients, another
/// shape or another type.
XTAPE_API std::vector<Tensor> custom_op(const CustomOp& op, const std::vector<Tensor>& inputs);

}  // namespace xtape
