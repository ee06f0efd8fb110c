#include <xtape/error.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::layers {

GRU::GRU(Count units, GRUOptions options) : Recurrent("GRU", units, options), options_(std::move(options)) {}

void GRU::build(const Shape& input_shape) {
  build_kernels(input_shape, 3, options_);
  if (!options_.use_bias) return;
  const Shape shape = options_.reset_after ? Shape{2, 3 * units()} : Shape{3 * units()};
  build_bias(shape, options_.bias_initializer, options_.bias_regularizer);
}

Tensor GRU::call(const Tensor& x, bool) { return returned(run(x, {})); }

GruResult GRU::call_with_state(const Tensor& x, const Tensor& initial_hidden) {
  if (!x.defined()) throw ValueError("the input is undefined", name());
  ensure_built(x.shape());
  return with_path([&] { return run(x, initial_hidden); });
}

GruResult GRU::run(const Tensor& x, const Tensor& initial_hidden) const {
  return gru(in_order(x), kernel(), recurrent_kernel(), bias(), initial_hidden,
             {.activation = function_of(options_.activation, tanh),
              .recurrent_activation = function_of(options_.recurrent_activation, sigmoid),
              .reset_after = options_.reset_after});
}

}  // namespace xtape::layers
