#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/recurrent.hpp>

#include "layers/recurrent.hpp"

namespace xtape::layers {
namespace {

// The bias of four gates, 1 for the second one.
initializers::Initializer forget_bias(const initializers::Initializer& others, int64_t units) {
  return [others, units](const Shape&, DType dtype) {
    return concatenate({others({units}, dtype), ones({units}, dtype), others({2 * units}, dtype)});
  };
}

class LSTMImpl : public RecurrentImpl<LSTMOptions> {
 public:
  explicit LSTMImpl(RecurrentFields<LSTMOptions> given) : RecurrentImpl("LSTM", std::move(given)) {}

  void build(const Shape& input_shape) override {
    build_kernels(input_shape, 4);
    if (!options().use_bias) return;
    initializers::Initializer initializer = options().bias_initializer;
    if (initializer && options().unit_forget_bias) initializer = forget_bias(initializer, units());
    build_bias({4 * units()}, initializer);
  }

  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override {
    const std::vector<Tensor> states = initial_state(arguments, 2);
    const LstmResult all = compute(arguments.inputs[0], states[0], states[1]);
    if (!returns_state(arguments)) return {returned(all)};
    return {returned(all), all.hidden, all.cell};
  }

  Tensor run_one(const Tensor& x) override {
    if (!options().return_state) return returned(compute(x, {}, {}));
    throw ValueError("has return_state set and returns its states too: take them with with_state(x) or call_all({x})");
  }

 protected:
  void check_arguments(const Arguments<Tensor>& arguments) const override {
    calls::check_inputs(1, arguments.inputs.size());
    check_initial_state(arguments, 2);
  }

 private:
  LstmResult compute(const Tensor& x, const Tensor& hidden, const Tensor& cell) const {
    return lstm(in_order(x), kernel_, recurrent_kernel_, bias_, hidden, cell,
                {.activation = function_of(options().activation, tanh),
                 .recurrent_activation = function_of(options().recurrent_activation, sigmoid)});
  }
};

}  // namespace

void LSTMOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("activation", activation)("recurrent_activation", recurrent_activation)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
  f("bias_initializer", bias_initializer)("unit_forget_bias", unit_forget_bias);
  f("kernel_regularizer", kernel_regularizer)("recurrent_regularizer", recurrent_regularizer);
  f("bias_regularizer", bias_regularizer)("return_sequences", return_sequences);
  f("return_state", return_state)("go_backwards", go_backwards);
  f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint)("bias_constraint",
                                                                                          bias_constraint);
  f.accept("activity_regularizer", {});
  f.accept("dropout", 0.0).accept("recurrent_dropout", 0.0).accept("seed", {});
  f.accept("stateful", false).accept("unroll", false).accept("zero_output_for_mask", false);
}

LSTM::LSTM(Count units, LSTMOptions options)
    : Layer(make_layer<LSTMImpl>(RecurrentFields<LSTMOptions>{units, std::move(options)})) {}

Tensor LSTM::operator()(const Tensor& x, const LSTMArguments<Tensor>& arguments) const {
  if (arguments.initial_state.empty()) return Layer::operator()(x, {arguments.training});
  return run(recurrent_arguments(x, arguments, false)).front();
}

std::array<Tensor, 3> LSTM::with_state(const Tensor& x, const LSTMArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(recurrent_arguments(x, arguments, true));
  return {all[0], all[1], all[2]};
}

LSTM LSTM::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<LSTMOptions>>(config, "LSTM");
  return LSTM(given.units, std::move(given.options));
}

}  // namespace xtape::layers
