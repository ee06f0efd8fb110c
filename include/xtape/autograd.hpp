#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <xtape/tensor.hpp>

namespace xtape {

/// While an instance lives, operations on this thread are not recorded and results need no gradient.
class XTAPE_API NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool before_;
};

/// Whether operations on this thread are recorded (the default).
XTAPE_API bool grad_enabled();

/// Adds the gradient of sum(outputs[i] * gradients[i]) to grad() of every leaf; an undefined gradient stands
/// for ones where its output has one element. @throws as Tensor::backward.
XTAPE_API void backward(const std::vector<Tensor>& outputs, const std::vector<Tensor>& gradients = {},
                        BackwardOptions options = {});

struct GradOptions {
  /// The gradients of the outputs; as in `backward`.
  std::vector<Tensor> gradients = {};
  /// Record the computation of the gradients, so that they can be differentiated again.
  bool create_graph = false;
  /// Keep the graph for another run; implied by create_graph.
  bool retain_graph = false;
  /// Return an undefined tensor for an input that the outputs do not depend on, instead of throwing.
  bool allow_unused = false;
};

/// The gradients of the outputs with respect to `inputs` (leaves or intermediate results). grad() of the
/// leaves stays as it is; only the operations between inputs and outputs run backwards.
/// @throws AutogradError as Tensor::backward, and for an input that the outputs do not depend on.
XTAPE_API std::vector<Tensor> grad(const std::vector<Tensor>& outputs, const std::vector<Tensor>& inputs,
                                   const GradOptions& options = {});
/// The same for one output and one input.
XTAPE_API Tensor grad(const Tensor& output, const Tensor& input, const GradOptions& options = {});

/// A differentiable function with a derivative of one's own.
struct CustomOp {
  /// Appears in error messages.
  std::string name;
  /// Computes the outputs; runs without recording.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs)> forward;
  /// Computes the gradients of the inputs (undefined: zero) from those of the outputs. Written with xtape's
  /// operations it can be differentiated again.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& output_gradients, const std::vector<Tensor>& inputs,
                                    const std::vector<Tensor>& outputs)>
      vjp;
};

/// Runs `op.forward` and records `op.vjp` for backward.
/// @throws AutogradError, in backward, if vjp returns another number of gradients or another shape.
XTAPE_API std::vector<Tensor> custom_op(const CustomOp& op, const std::vector<Tensor>& inputs);

struct GradcheckOptions {
  /// Step of the central difference.
  double eps = 1e-6;
  double atol = 1e-5;
  double rtol = 1e-3;
  /// Check the derivative of the derivative too.
  bool second_order = false;
  /// Seed of the random upstream gradients.
  uint64_t seed = 0;
  /// Accept gradients that are zero everywhere (they usually show a mistake in the test).
  bool allow_zero = false;
};

/// What gradcheck found; true in a condition if all is well.
struct XTAPE_API GradcheckReport {
  bool passed = false;
  /// The worst element, both values and the seed, in words.
  std::string message;
  int64_t input = -1;
  Shape position;
  double analytic = 0;
  double numeric = 0;
  explicit operator bool() const { return passed; }
};

/// Compares the tape's gradients of `function` at `inputs` (float64; those that require a gradient are
/// checked) with central differences, under a random upstream gradient.
/// @throws DTypeError if a checked input is not float64; ValueError if none requires a gradient.
XTAPE_API GradcheckReport gradcheck(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function,
                                    const std::vector<Tensor>& inputs, const GradcheckOptions& options = {});

}  // namespace xtape
