#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

namespace autograd {
class TangentLevel;
template <class Kind>
class LevelScope;
}  // namespace autograd

/// Forward mode: the values of function(primals), and their tangents, the Jacobian times `tangents`, in one pass. Nothing
/// is recorded for it, and tangents go as their values go: memory does not grow with the depth of the function.
///
/// Each tangent has the shape and the type of its primal, or is undefined, that is zero; so are the tangents of integers.
/// The result has a tangent for each output, zeros where it depends on no primal, undefined where it is no floating one.
/// Calls nest, with each other and with `grad` in any order: inside `function`, a tensor that set_requires_grad() was
/// called on may be differentiated by `grad`, whose results then carry tangents (forward over reverse: Hessian-vector
/// products); primals that require a gradient make values and tangents differentiable afterwards (reverse over forward).
/// Results may share memory with primals and tangents. Tangents belong to the thread: on another one, tensors count as their
/// values. Within `function`, detach() drops the tangent, item() and data() read the value, and changes in place of or by a
/// tensor that carries a tangent are refused.
/// @throws ValueError if the numbers of primals and tangents differ or one of the outputs is undefined; ShapeError,
/// DTypeError for a tangent that does not fit; AutogradError where `function` calls an operation without forward mode.
/// The rules: Griewank and Walther, Evaluating Derivatives, 2nd edition, chapter 3.
XTAPE_API std::pair<std::vector<Tensor>, std::vector<Tensor>> jvp(
    const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& function, const std::vector<Tensor>& primals,
    const std::vector<Tensor>& tangents);
/// The same for a function to one tensor: its value and tangent, without lists of them.
XTAPE_API std::pair<Tensor, Tensor> jvp(const std::function<Tensor(const std::vector<Tensor>&)>& function,
                                        const std::vector<Tensor>& primals, const std::vector<Tensor>& tangents);
/// The same for a function of one tensor to one tensor.
XTAPE_API std::pair<Tensor, Tensor> jvp(const std::function<Tensor(const Tensor&)>& function, const Tensor& primal,
                                        const Tensor& tangent);

/// Forward mode for a scope, where a function is not at hand: what is computed of tensors from make_dual() carries
/// tangents, which unpack_dual() takes off. As jvp() in all else.
///
///     const DualLevel level;
///     const Tensor y = f(level.make_dual(x, t));
///     const auto [value, tangent] = level.unpack_dual(y);
///
/// A level is of the thread that it begins on. Levels end in the reverse order of their beginning, and tensors are taken
/// apart in the reverse order of their making. A tensor that outlives its level counts as its value.
class XTAPE_API DualLevel {
 public:
  DualLevel();
  ~DualLevel();
  DualLevel(const DualLevel&) = delete;
  DualLevel& operator=(const DualLevel&) = delete;

  /// `value` with a tangent; value itself if that is undefined, that is zero.
  /// @throws ValueError if value is undefined; ShapeError, DTypeError unless the tangent has its shape and type, which is
  /// floating.
  Tensor make_dual(const Tensor& value, const Tensor& tangent) const;
  /// Value and tangent at this level; the tangent is undefined where x carries none.
  /// @throws ValueError if x is undefined.
  std::pair<Tensor, Tensor> unpack_dual(const Tensor& x) const;

 private:
  using Scope = autograd::LevelScope<autograd::TangentLevel>;
  std::unique_ptr<const Scope> level_;
};

}  // namespace xtape
