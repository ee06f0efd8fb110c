#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <xtape/config.hpp>
#include <xtape/tensor.hpp>

namespace xtape::activations {

/// An activation function, given by name (`"relu"`) or as a function of a Tensor.
///
/// Names, as in Keras: linear, relu, relu6, leaky_relu (slope 0.2), elu, selu, celu, gelu (exact), glu (which halves
/// the last axis), sigmoid, log_sigmoid, hard_sigmoid, sparse_sigmoid, silu (swish), hard_silu (hard_swish), softplus,
/// sparse_plus, squareplus, softsign, mish, tanh, hard_tanh, tanh_shrink, hard_shrink, soft_shrink, exponential,
/// softmax, log_softmax, sparsemax; each with its function's defaults (xtape/ops/activations.hpp). threshold has none
/// and takes a function.
class XTAPE_API Activation {
 public:
  /// "linear", which is what Keras's None means too.
  Activation() : Activation("linear") {}
  Activation(std::nullptr_t) : Activation() {}
  /// @throws ValueError for an unknown name, with the nearest known ones, and for threshold.
  Activation(const char* name) : Activation(std::string(name ? name : "linear")) {}
  Activation(const std::string& name);
  /// A function of one's own. @throws ValueError for an empty std::function or a null pointer.
  template <class Function>
  requires std::is_invocable_r_v<Tensor, Function, const Tensor&> Activation(Function function)
      : Activation(std::function<Tensor(const Tensor&)>(std::move(function)), "custom") {}

  /// @throws ValueError if a function of one's own returns an undefined tensor, ShapeError if one of another shape than
  /// x.
  Tensor operator()(const Tensor& x) const;
  /// The shape of its result for x of that shape, in which -1 stands for an unknown length: that of x but for glu.
  /// @throws ShapeError if glu cannot halve the last length.
  Shape compute_output_shape(const Shape& shape) const;
  /// The name given, or "custom".
  const std::string& name() const { return name_; }
  bool is_linear() const { return function_ == nullptr; }
  /// Whether an operation before it computes it in its own pass, given its name: dense, conv2d, conv2d_max_pool2d and
  /// batch_norm do. Layers leave it to them then.
  bool is_fused() const { return fused_; }
  /// Whether it is this function of the library, by name or as given: lstm and gru compute theirs in their own pass.
  bool is(Tensor (*function)(const Tensor&)) const;

 private:
  Activation(std::function<Tensor(const Tensor&)> function, const char* name);

  std::string name_;
  bool fused_ = false;
  bool keeps_shape_ = true;
  std::function<Tensor(const Tensor&)> function_;
};

/// Its name. @throws ValueError for a function of one's own.
XTAPE_API Config to_config(const Activation& activation);
/// Takes Keras's forms: a name, nothing (linear), a function of keras.activations.
XTAPE_API void from_config(const Config& config, Activation& activation);

}  // namespace xtape::activations
