#include <xtape/error.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/recurrent.hpp>

#include "layers/recurrent.hpp"

namespace xtape::layers {
namespace {

class GRUImpl : public RecurrentImpl<GRUOptions> {
 public:
  explicit GRUImpl(RecurrentFields<GRUOptions> given) : RecurrentImpl("GRU", std::move(given)) {}

  void build(const Shape& input_shape) override {
    build_kernels(input_shape, 3);
    if (!options().use_bias) return;
    build_bias(options().reset_after ? Shape{2, 3 * units()} : Shape{3 * units()}, options().bias_initializer);
  }

  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override {
    const std::vector<Tensor> states = initial_state(arguments, 1);
    const GruResult all = compute(arguments.inputs[0], states[0]);
    if (!returns_state(arguments)) return {returned(all)};
    return {returned(all), all.hidden};
  }

  Tensor run_one(const Tensor& x) override {
    if (!options().return_state) return returned(compute(x, {}));
    throw ValueError("has return_state set and returns its states too: take them with with_state(x) or call_all({x})");
  }

 protected:
  void check_arguments(const Arguments<Tensor>& arguments) const override {
    calls::check_inputs(1, arguments.inputs.size());
    check_initial_state(arguments, 1);
  }

 private:
  GruResult compute(const Tensor& x, const Tensor& hidden) const {
    return gru(in_order(x), kernel_, recurrent_kernel_, bias_, hidden,
               {.activation = function_of(options().activation, tanh),
                .recurrent_activation = function_of(options().recurrent_activation, sigmoid),
                .reset_after = options().reset_after});
  }
};

}  // namespace

void GRUOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("activation", activation)("recurrent_activation", recurrent_activation)("use_bias", use_bias);
  f("kernel_initializer", kernel_initializer)("recurrent_initializer", recurrent_initializer);
  f("bias_initializer", bias_initializer)("kernel_regularizer", kernel_regularizer);
  f("recurrent_regularizer", recurrent_regularizer)("bias_regularizer", bias_regularizer);
  f("return_sequences", return_sequences)("return_state", return_state)("go_backwards", go_backwards);
  f("reset_after", reset_after);
  f("kernel_constraint", kernel_constraint)("recurrent_constraint", recurrent_constraint)("bias_constraint",
                                                                                          bias_constraint);
  f.accept("activity_regularizer", {});
  f.accept("dropout", 0.0).accept("recurrent_dropout", 0.0).accept("seed", {});
  f.accept("stateful", false).accept("unroll", false).accept("zero_output_for_mask", false);
}

GRU::GRU(Count units, GRUOptions options)
    : Layer(make_layer<GRUImpl>(RecurrentFields<GRUOptions>{units, std::move(options)})) {}

Tensor GRU::operator()(const Tensor& x, const GRUArguments<Tensor>& arguments) const {
  if (arguments.initial_state.empty()) return Layer::operator()(x, {arguments.training});
  return run(recurrent_arguments(x, arguments, false)).front();
}

std::array<Tensor, 2> GRU::with_state(const Tensor& x, const GRUArguments<Tensor>& arguments) const {
  const std::vector<Tensor> all = run(recurrent_arguments(x, arguments, true));
  return {all[0], all[1]};
}

GRU GRU::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<GRUOptions>>(config, "GRU");
  return GRU(given.units, std::move(given.options));
}

}  // namespace xtape::layers
