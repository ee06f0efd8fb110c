#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include <xtape/activations/activation.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {

template <class Options>
struct RecurrentFields {
  int64_t units = 0;
  Options options = {};

  void fields(Fields& f) {
    f("units", units);
    options.fields(f);
  }
};

// @throws ValueError, naming the class, if units < 1 or 2^61 and more.
void check_recurrent_units(const char* class_name, int64_t units);
// @throws ShapeError unless inputs are [batch, time, in] with a known `in`.
void check_sequences(const Shape& input_shape);
// The activation as operations take it: empty where it is `fused`, which they compute in one pass.
std::function<Tensor(const Tensor&)> function_of(const activations::Activation& activation,
                                                 Tensor (*fused)(const Tensor&));

// What LSTM and GRU have in common: inputs [batch, time, in], outputs [batch, units], or [batch, time, units] with
// return_sequences, and the weights kernel [in, gates * units] and recurrent_kernel [units, gates * units], which hold
// those of the gates side by side.
template <class Options>
class RecurrentImpl : public LayerImpl {
 public:
  void fields(Fields& f) override { given_.fields(f); }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override {
    return options().return_sequences ? mask : Tensor();
  }
  Shape compute_output_shape(const Shape& input_shape) override {
    if (options().return_sequences) return {input_shape[0], input_shape[1], units()};
    return {input_shape[0], units()};
  }

 protected:
  RecurrentImpl(const char* class_name, RecurrentFields<Options> given)
      : LayerImpl(layer_options(given.options)), given_(std::move(given)) {
    check_recurrent_units(class_name, units());
  }

  void build_kernels(const Shape& input_shape, int64_t gates) {
    check_sequences(input_shape);
    kernel_ = add_weight("kernel", {input_shape[2], gates * units()}, options().kernel_initializer,
                         {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    recurrent_kernel_ =
        add_weight("recurrent_kernel", {units(), gates * units()}, options().recurrent_initializer,
                   {.regularizer = options().recurrent_regularizer, .constraint = options().recurrent_constraint});
  }
  void build_bias(const Shape& shape, const initializers::Initializer& initializer) {
    bias_ = add_weight("bias", shape, initializer,
                       {.regularizer = options().bias_regularizer, .constraint = options().bias_constraint});
  }

  // The inputs of the layer's type, in the order in which it goes through them.
  Tensor in_order(const Tensor& x) const {
    const Tensor input = x.astype(dtype());
    return options().go_backwards ? input.slice(1, {.step = -1}) : input;
  }
  // @throws ValueError unless there are `count` initial states, or none.
  static void check_initial_state(const Arguments<Tensor>& arguments, std::size_t count) {
    const std::size_t given = arguments.keyword("initial_state").size();
    if (given == 0 || given == count) return;
    throw ValueError("expected an initial_state of " + std::to_string(count) + " tensors, given " +
                     std::to_string(given));
  }
  // The states that a call begins with; undefined ones are zeros.
  static std::vector<Tensor> initial_state(const Arguments<Tensor>& arguments, std::size_t count) {
    std::vector<Tensor> states = arguments.keyword("initial_state");
    states.resize(count);
    return states;
  }
  // What the layer returns of a result with `outputs` and `hidden`.
  template <class Result>
  Tensor returned(const Result& result) const {
    return options().return_sequences ? result.outputs : result.hidden;
  }
  bool returns_state(const Arguments<Tensor>& arguments) const {
    return options().return_state || arguments.flag("return_state");
  }

  int64_t units() const { return given_.units; }
  const Options& options() const { return given_.options; }

  Tensor kernel_;
  Tensor recurrent_kernel_;
  Tensor bias_;

 private:
  RecurrentFields<Options> given_;
};

// The arguments of a call of such a layer, whose states are wanted or not.
template <class CallArguments>
Arguments<Tensor> recurrent_arguments(const Tensor& x, const CallArguments& given, bool return_state) {
  Arguments<Tensor> arguments{.inputs = {x}};
  if (!given.initial_state.empty()) arguments.keywords.push_back({"initial_state", given.initial_state});
  if (return_state) arguments.settings.push_back({"return_state", true});
  arguments.training = given.training;
  return arguments;
}

}  // namespace xtape::layers
