#include <xtape/error.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>

namespace xtape::layers {
namespace {

// The bias of four gates, 1 for the second one.
class ForgetBias : public initializers::Initializer {
 public:
  ForgetBias(NameOr<initializers::Initializer> others, int64_t units) : others_(std::move(others)), units_(units) {}
  Tensor operator()(const Shape&, DType dtype) const override {
    return concatenate({(*others_)({units_}, dtype), ones({units_}, dtype), (*others_)({2 * units_}, dtype)});
  }

 private:
  NameOr<initializers::Initializer> others_;
  int64_t units_;
};

}  // namespace

LSTM::LSTM(Count units, LSTMOptions options) : Recurrent("LSTM", units, options), options_(std::move(options)) {}

void LSTM::build(const Shape& input_shape) {
  build_kernels(input_shape, 4, options_);
  if (!options_.use_bias) return;
  NameOr<initializers::Initializer> initializer = options_.bias_initializer;
  if (initializer && options_.unit_forget_bias) initializer = ForgetBias(initializer, units());
  build_bias({4 * units()}, initializer, options_.bias_regularizer);
}

Tensor LSTM::call(const Tensor& x, bool) { return returned(run(x, {}, {})); }

LstmResult LSTM::call_with_state(const Tensor& x, const Tensor& initial_hidden, const Tensor& initial_cell) {
  if (!x.defined()) throw ValueError("the input is undefined", name());
  ensure_built(x.shape());
  return with_path([&] { return run(x, initial_hidden, initial_cell); });
}

LstmResult LSTM::run(const Tensor& x, const Tensor& initial_hidden, const Tensor& initial_cell) const {
  return lstm(in_order(x), kernel(), recurrent_kernel(), bias(), initial_hidden, initial_cell,
              {.activation = function_of(options_.activation, tanh),
               .recurrent_activation = function_of(options_.recurrent_activation, sigmoid)});
}

}  // namespace xtape::layers
