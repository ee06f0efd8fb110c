#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/layer.hpp>

namespace xtape::layers {

/// What LSTM and GRU have in common: inputs [batch, time, in], outputs [batch, units], or [batch, time, units] with
/// return_sequences, and the weights kernel [in, gates * units] and recurrent_kernel [units, gates * units], which hold
/// those of the gates side by side.
class XTAPE_API Recurrent : public Layer {
 public:
  Shape compute_output_shape(const Shape& input_shape) override;

 protected:
  /// @throws ValueError, naming the class, if units < 1 or 2^61 and more.
  template <class Options>
  Recurrent(const char* class_name, int64_t units, const Options& options)
      : Recurrent(class_name, units, options.return_sequences, options.go_backwards,
                  {options.name, options.trainable, options.dtype, options.input_shape}) {}

  /// Makes kernel and recurrent_kernel as the options say. @throws ShapeError unless inputs are sequences.
  template <class Options>
  void build_kernels(const Shape& input_shape, int64_t gates, const Options& options) {
    check_sequences(input_shape);
    kernel_ = add_weight("kernel", {input_shape[2], gates * units_}, options.kernel_initializer,
                         {.regularizer = options.kernel_regularizer});
    recurrent_kernel_ = add_weight("recurrent_kernel", {units_, gates * units_}, options.recurrent_initializer,
                                   {.regularizer = options.recurrent_regularizer});
  }
  void build_bias(const Shape& shape, const NameOr<initializers::Initializer>& initializer,
                  const NameOr<regularizers::Regularizer>& regularizer);

  /// The inputs of the layer's type, in the order in which it goes through them.
  Tensor in_order(const Tensor& x) const;
  /// What the layer returns of a result with `outputs` and `hidden`.
  template <class Result>
  Tensor returned(const Result& result) const {
    return return_sequences_ ? result.outputs : result.hidden;
  }

  /// The activation as operations take it: empty where it is `fused`, which they compute in one pass.
  static std::function<Tensor(const Tensor&)> function_of(const activations::Activation& activation,
                                                          Tensor (*fused)(const Tensor&));

  int64_t units() const { return units_; }
  const Tensor& kernel() const { return kernel_; }
  const Tensor& recurrent_kernel() const { return recurrent_kernel_; }
  const Tensor& bias() const { return bias_; }

 private:
  Recurrent(const char* class_name, int64_t units, bool return_sequences, bool go_backwards, Settings settings);
  static void check_sequences(const Shape& input_shape);

  int64_t units_;
  bool return_sequences_;
  bool go_backwards_;
  Tensor kernel_;
  Tensor recurrent_kernel_;
  Tensor bias_;
};

}  // namespace xtape::layers
