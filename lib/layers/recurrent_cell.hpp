#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/layer_fields.hpp"
#include "layers/sequence_dropout.hpp"
#include "layers/steps.hpp"

namespace xtape::layers {

// The arguments of SimpleRNN, LSTM, GRU and their cells.
template <class Options>
struct RecurrentFields {
  int64_t units = 0;
  Options options = {};

  void fields(Fields& f) {
    f("units", units);
    options.fields(f);
  }
};

// The fields that a cell and its layer share.
template <class Options>
void cell_fields(Fields& f, Options& options) {
  layer_fields(f, options);
  f("activation", options.activation);
  if constexpr (requires { options.recurrent_activation; }) f("recurrent_activation", options.recurrent_activation);
  f("use_bias", options.use_bias)("kernel_initializer", options.kernel_initializer);
  f("recurrent_initializer", options.recurrent_initializer)("bias_initializer", options.bias_initializer);
  if constexpr (requires { options.unit_forget_bias; }) f("unit_forget_bias", options.unit_forget_bias);
  f("kernel_regularizer", options.kernel_regularizer)("recurrent_regularizer", options.recurrent_regularizer);
  f("bias_regularizer", options.bias_regularizer)("kernel_constraint", options.kernel_constraint);
  f("recurrent_constraint", options.recurrent_constraint)("bias_constraint", options.bias_constraint);
  f("dropout", options.dropout)("recurrent_dropout", options.recurrent_dropout)("seed", options.seed);
  if constexpr (requires { options.reset_after; }) f("reset_after", options.reset_after);
  // Keras takes it and does not write it.
  if constexpr (requires { options.implementation; })
    f.omit_default("implementation", options.implementation, int64_t{2});
}

// The options of the cell of a layer, which have its type and may be trained as it may.
template <class CellOptions, class Options>
CellOptions cell_options(const Options& from, const char* name) {
  CellOptions to;
  to.activation = from.activation;
  if constexpr (requires { from.recurrent_activation; }) to.recurrent_activation = from.recurrent_activation;
  to.use_bias = from.use_bias;
  to.kernel_initializer = from.kernel_initializer;
  to.recurrent_initializer = from.recurrent_initializer;
  to.bias_initializer = from.bias_initializer;
  if constexpr (requires { from.unit_forget_bias; }) to.unit_forget_bias = from.unit_forget_bias;
  to.kernel_regularizer = from.kernel_regularizer;
  to.recurrent_regularizer = from.recurrent_regularizer;
  to.bias_regularizer = from.bias_regularizer;
  to.kernel_constraint = from.kernel_constraint;
  to.recurrent_constraint = from.recurrent_constraint;
  to.bias_constraint = from.bias_constraint;
  to.dropout = from.dropout;
  to.recurrent_dropout = from.recurrent_dropout;
  to.seed = from.seed;
  if constexpr (requires { from.reset_after; }) to.reset_after = from.reset_after;
  if constexpr (requires { from.implementation; }) to.implementation = from.implementation;
  to.name = name;
  to.trainable = from.trainable;
  to.dtype = from.dtype;
  return to;
}

// @throws ValueError, naming class and option, if the number of units is below 1, or 2^61 and more.
void check_recurrent_units(const std::string& class_name, const char* option, int64_t units);
// @throws ValueError, naming the class, unless it is 1 or 2.
void check_implementation(const std::string& class_name, int64_t implementation);
// The checks of arguments, which name the class that was made, layer or cell.
template <class Options>
void check_arguments_of(const char* class_name, const RecurrentFields<Options>& given) {
  check_recurrent_units(class_name, "units", given.units);
  SequenceDropout::check(class_name, given.options.dropout, given.options.recurrent_dropout);
  if constexpr (requires { given.options.implementation; }) {
    check_implementation(class_name, given.options.implementation);
  }
}
// The activation as operations take it: empty where it is `fused`, which they compute in one pass.
std::function<Tensor(const Tensor&)> function_of(const activations::Activation& activation,
                                                 Tensor (*fused)(const Tensor&));
// What is left of a state that is multiplied by such a mask.
Tensor dropped(const Tensor& state, const Tensor& mask);
// A bias of four gates side by side, 1 for the second one, the forget gate (Jozefowicz et al., 2015).
initializers::Initializer forget_bias(const initializers::Initializer& others, int64_t units);

// A cell that an operation computes for whole sequences.
class FusedCellImpl : public CellImpl {
 public:
  // A sequence of one step.
  std::pair<Tensor, std::vector<Tensor>> call(const Tensor& x, const std::vector<Tensor>& states) override;

 protected:
  using CellImpl::CellImpl;

  // The state of that number that a sequence begins with; undefined for zeros.
  static Tensor state_of(const SequenceOptions& options, std::size_t i);
};

// What the cells of SimpleRNN, LSTM and GRU have in common: inputs [batch, in] and the weights kernel
// [in, gates * units] and recurrent_kernel [units, gates * units], which hold those of the gates side by side.
template <class Options>
class RecurrentCellImpl : public FusedCellImpl {
 public:
  void fields(Fields& f) override { given_.fields(f); }
  std::vector<int64_t> state_size() const override { return {units()}; }
  std::vector<detail::RandomStream*> random_streams() override { return dropout_.streams(); }

 protected:
  RecurrentCellImpl(const char* class_name, RecurrentFields<Options> given)
      : FusedCellImpl(layer_options(given.options)),
        given_(std::move(given)),
        dropout_(options().dropout, options().recurrent_dropout, options().seed) {
    check_arguments_of(class_name, given_);
  }

  void build_kernels(const Shape& input_shape, int64_t gates) {
    if (input_shape.rank() != 2 || input_shape[1] < 1) {
      throw ShapeError("expected inputs [batch, features] with a known number of features, given " + input_shape.str());
    }
    kernel_ = add_weight("kernel", {input_shape[1], gates * units()}, options().kernel_initializer,
                         {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    recurrent_kernel_ =
        add_weight("recurrent_kernel", {units(), gates * units()}, options().recurrent_initializer,
                   {.regularizer = options().recurrent_regularizer, .constraint = options().recurrent_constraint});
  }
  void build_bias(const Shape& shape, const initializers::Initializer& initializer) {
    bias_ = add_weight("bias", shape, initializer,
                       {.regularizer = options().bias_regularizer, .constraint = options().bias_constraint});
  }

  // Whether each gate drops parts of its own in the call that goes on, as Keras's implementation 1 does, which it takes
  // for recurrent dropout. There is no operation for that: steps are taken one by one.
  bool drops_by_gate() const requires requires(const Options& given) { given.implementation; }
  {
    if (!training()) return false;
    return options().recurrent_dropout > 0 || (options().implementation == 1 && options().dropout > 0);
  }
  // What the kernel makes of sequences [batch, time, in], the gates side by side, and a bias that may be undefined.
  Tensor inputs_by_gate(const Tensor& x, const SequenceOptions& how, int64_t gates, const Tensor& bias) {
    const Tensor counted = where_counted(x.astype(dtype()), how.mask);
    Tensor all;
    if (options().dropout == 0) {
      all = matmul(counted, kernel_);
    } else {
      std::vector<Tensor> parts;
      for (const Tensor& kernel : split(kernel_, gates, -1)) {
        parts.push_back(matmul(dropout_.inputs(counted, training()), kernel));
      }
      all = concatenate(parts, -1);
    }
    return bias.defined() ? all + bias : all;
  }
  // What each gate multiplies states of that many samples by; undefined tensors for nothing.
  std::vector<Tensor> state_masks(int64_t samples, int64_t gates) {
    std::vector<Tensor> masks;
    for (int64_t i = 0; i < gates; ++i) masks.push_back(dropout_.state_mask({samples, units()}, dtype(), training()));
    return masks;
  }

  // Sequences as the operation takes them.
  Tensor inputs_of(const Tensor& x) { return dropout_.inputs(x.astype(dtype()), training()); }
  // The operation's options that say how it goes through them.
  template <class OpOptions>
  OpOptions op_options(const Tensor& x, const SequenceOptions& how) {
    OpOptions to;
    to.mask = how.mask;
    to.zero_output_for_mask = how.zero_output_for_mask;
    to.go_backwards = how.go_backwards;
    to.recurrent_dropout_mask = dropout_.state_mask({x.shape(0), units()}, dtype(), training());
    return to;
  }
  // Of the operation's result, the outputs that are wanted.
  template <class Result>
  static Tensor outputs_of(const Result& result, const Tensor& x, const SequenceOptions& how) {
    if (how.return_sequences) return result.outputs;
    // The state is the last output, unless the last step, or none, counts.
    const bool differs = how.mask.defined() && (how.zero_output_for_mask || !how.initial_state.empty());
    return differs && x.shape(1) > 0 ? result.outputs.select(1, -1) : result.hidden;
  }

  int64_t units() const { return given_.units; }
  const Options& options() const { return given_.options; }

  Tensor kernel_;
  Tensor recurrent_kernel_;
  Tensor bias_;

 private:
  RecurrentFields<Options> given_;
  SequenceDropout dropout_;
};

}  // namespace xtape::layers
