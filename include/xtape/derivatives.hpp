#pragma once

#include <functional>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

/// Derivatives of functions of tensors: products with Jacobians, Jacobians and Hessians. The functions are called with
/// tensors of the values given, which need not require a gradient; what they return carries no graph but one that
/// begins outside: at inputs, or tensors that `function` closed over, which require a gradient while operations are
/// recorded. Then the derivatives can be differentiated by backward() and grad() too. All of them nest, with each other
/// and with vmap and jvp, in any order.
///
/// Everywhere: inputs are float32 or float64. @throws ValueError for an empty function or undefined tensors, DTypeError
/// for inputs (and, but for vjp, outputs) that are not floating, beside what `function` throws.
namespace xtape {

/// Reverse mode in two steps: the values of function(primals), and a function that takes gradients of some scalar with
/// respect to them and returns those with respect to the primals; it may be called again and again. A gradient has the
/// shape and the type of its value; an undefined one is zero, as is that of a value that is not floating.
/// The function returned throws ValueError unless there is one for each value; ShapeError, DTypeError for one that does
/// not fit.
XTAPE_API std::pair<std::vector<Tensor>, std::function<std::vector<Tensor>(const std::vector<Tensor>&)>> vjp(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& primals);
/// The same for a function of one tensor to one tensor.
XTAPE_API std::pair<Tensor, std::function<Tensor(const Tensor&)>> vjp(
    const std::function<Tensor(const Tensor&)>& function, const Tensor& primal);

/// The value of a function to one number, and its gradients, one for each input.
/// @throws ShapeError if the value has not one element.
XTAPE_API std::pair<Tensor, std::vector<Tensor>> value_and_grad(
    const std::function<Tensor(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& inputs);
/// The same for a function of one tensor.
XTAPE_API std::pair<Tensor, Tensor> value_and_grad(const std::function<Tensor(const Tensor&)>& function,
                                                   const Tensor& x);

/// How a Jacobian is computed.
enum class JacobianMode {
  /// Forward where the inputs have fewer elements than the outputs, else in reverse.
  automatic,
  /// Column by column, by jvp; all columns of an input at once.
  forward,
  /// Row by row, by vjp; all rows of an output at once.
  reverse
};

struct JacobianOptions {
  JacobianMode mode = JacobianMode::automatic;
};

/// The derivatives of each element of function(x) by each element of x, of shape [...output, ...x] and the output's type:
/// for a function of vectors the Jacobian matrix.
XTAPE_API Tensor jacobian(const std::function<Tensor(const Tensor&)>& function, const Tensor& x,
                          JacobianOptions options = {});
/// The same for several inputs and outputs: result[i][j] is that of output i by input j, of shape
/// [...outputs[i], ...inputs[j]].
XTAPE_API std::vector<std::vector<Tensor>> jacobian(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& inputs,
    JacobianOptions options = {});

/// The second derivatives of a function to one number, of shape [...x, ...x]: the Jacobian of its gradient, forward
/// over reverse. @throws ShapeError if the value has not one element.
XTAPE_API Tensor hessian(const std::function<Tensor(const Tensor&)>& function, const Tensor& x);
/// The same for several inputs: result[i][j] has the shape [...inputs[i], ...inputs[j]].
XTAPE_API std::vector<std::vector<Tensor>> hessian(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                                                   const std::vector<Tensor>& inputs);

/// The Hessian of a function to one number times `tangent`, which has the shape and the type of x, without the Hessian:
/// the tangent of its gradient, at about two gradients' cost (Pearlmutter, Fast exact multiplication by the Hessian,
/// 1994). @throws ShapeError if the value has not one element; as jvp for a tangent that does not fit.
XTAPE_API Tensor hvp(const std::function<Tensor(const Tensor&)>& function, const Tensor& x, const Tensor& tangent);
/// The same for several inputs; an undefined tangent is zero. The results have the shapes of the inputs.
XTAPE_API std::vector<Tensor> hvp(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                                  const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents);

}  // namespace xtape
