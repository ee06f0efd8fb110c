#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {
namespace {

// The bias of four gates, 1 for the second one.
class ForgetBias : public initializers::Initializer {
 public:
  ForgetBias(const initializers::Initializer& others, int64_t units) : others_(others), units_(units) {}
  Tensor operator()(const Shape&, DType dtype) const override {
    return concatenate({others_({units_}, dtype), ones({units_}, dtype), others_({2 * units_}, dtype)});
  }

 private:
  const initializers::Initializer& others_;
  int64_t units_;
};

}  // namespace

LSTM::LSTM(int64_t units, LSTMOptions options)
    : Layer({options.name, options.trainable, options.dtype, options.input_shape}),
      units_(units),
      options_(std::move(options)) {
  if (units < 1) throw ValueError("LSTM: units must be at least 1, given " + std::to_string(units));
}

void LSTM::build(const Shape& input_shape) {
  if (input_shape.rank() != 3 || input_shape[2] < 1) {
    throw ShapeError("expected inputs [batch, time, features], given " + input_shape.str());
  }
  kernel_ = add_weight("kernel", {input_shape[2], 4 * units_}, *options_.kernel_initializer,
                       {.regularizer = options_.kernel_regularizer});
  recurrent_kernel_ = add_weight("recurrent_kernel", {units_, 4 * units_}, *options_.recurrent_initializer,
                                 {.regularizer = options_.recurrent_regularizer});
  if (!options_.use_bias) return;
  const initializers::Initializer& initializer = *options_.bias_initializer;
  const ForgetBias forget_bias(initializer, units_);
  bias_ = add_weight("bias", {4 * units_}, options_.unit_forget_bias ? forget_bias : initializer,
                     {.regularizer = options_.bias_regularizer});
}

Tensor LSTM::call(const Tensor& x, bool) {
  const LstmResult result = run(x, {}, {});
  return options_.return_sequences ? result.outputs : result.hidden;
}

LstmResult LSTM::call_with_state(const Tensor& x, const Tensor& initial_hidden, const Tensor& initial_cell) {
  ensure_built(x.shape());
  return run(x, initial_hidden, initial_cell);
}

LstmResult LSTM::run(const Tensor& x, const Tensor& initial_hidden, const Tensor& initial_cell) const {
  Tensor input = x.astype(dtype());
  if (options_.go_backwards) input = input.slice(1, {.step = -1});
  if (options_.activation.name() == "tanh" && options_.recurrent_activation.name() == "sigmoid") {
    return lstm(input, kernel_, recurrent_kernel_, bias_, initial_hidden, initial_cell);
  }
  const Shape state_shape = {x.shape(0), units_};
  Tensor hidden = initial_hidden.defined() ? initial_hidden : zeros(state_shape, dtype());
  Tensor cell = initial_cell.defined() ? initial_cell : zeros(state_shape, dtype());
  const Tensor from_inputs = dense(input, kernel_, bias_);
  std::vector<Tensor> outputs;
  for (int64_t step = 0; step < x.shape(1); ++step) {
    const auto gates = split(from_inputs.select(1, step) + matmul(hidden, recurrent_kernel_), 4, 1);
    const auto& gate = options_.recurrent_activation;
    cell = gate(gates[1]) * cell + gate(gates[0]) * options_.activation(gates[2]);
    hidden = gate(gates[3]) * options_.activation(cell);
    outputs.push_back(hidden);
  }
  return {stack(outputs, 1), hidden, cell};
}

Shape LSTM::compute_output_shape(const Shape& input_shape) {
  if (options_.return_sequences) return {input_shape[0], input_shape[1], units_};
  return {input_shape[0], units_};
}

}  // namespace xtape::layers
