#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"
#include "golden/make_layer.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;

// The arrays role0, role1, ...
Tensors arrays(const Case& reference, const std::string& role) {
  Tensors result;
  while (reference.has(role + std::to_string(result.size()))) {
    result.push_back(reference.array(role + std::to_string(result.size())));
  }
  return result;
}

// The output and, if asked for, the scores; inputs are query and value, then the key, if any.
Tensors attend(layers::MultiHeadAttention& attention, const Case& reference, const Tensors& inputs) {
  const Config arguments = reference.all.object("call_kwargs");
  layers::AttentionInputs further{.use_causal_mask = arguments.flag("use_causal_mask", false)};
  if (inputs.size() == 3) further.key = inputs[2];
  if (reference.has("attention_mask")) further.attention_mask = reference.array("attention_mask").astype(bool_);
  if (arguments.flag("return_attention_scores", false)) {
    const layers::AttentionResult all = attention.call_with_scores(inputs[0], inputs[1], further);
    return {all.outputs, all.scores};
  }
  return {attention(inputs[0], inputs[1], further)};
}

// The outputs of all steps, then the last states; inputs are the sequences, then the initial states, if any.
Tensors call_with_state(layers::Layer& layer, Tensors inputs) {
  inputs.resize(3);
  if (auto* gru = dynamic_cast<layers::GRU*>(&layer)) {
    const GruResult all = gru->call_with_state(inputs[0], inputs[1]);
    return {all.outputs, all.hidden};
  }
  const LstmResult all = dynamic_cast<layers::LSTM&>(layer).call_with_state(inputs[0], inputs[1], inputs[2]);
  return {all.outputs, all.hidden, all.cell};
}

Tensors call(layers::Layer& layer, const Case& reference, const Tensors& inputs) {
  const std::string how = reference.all.text("call", "single");
  if (how == "list") return {dynamic_cast<layers::Merge&>(layer)(inputs)};
  if (how == "args") return attend(dynamic_cast<layers::MultiHeadAttention&>(layer), reference, inputs);
  const bool returns_state = reference.config.flag("return_state", false);
  if (how == "initial_state" || returns_state) {
    Tensors results = call_with_state(layer, inputs);
    if (!returns_state) results = {results[1]};
    return results;
  }
  const Tensor output = layer(inputs[0], reference.all.flag("training", false));
  CHECK(layer.compute_output_shape(inputs[0].shape()) == output.shape());
  return {output};
}

void check_case(const Case& reference) {
  const std::shared_ptr<layers::Layer> layer = make_layer(reference.kind, reference.config);
  const Tensors inputs = arrays(reference, "input"), weights = arrays(reference, "weight");
  for (const Tensor& input : inputs) {
    if (is_floating(input.dtype())) input.set_requires_grad();
  }
  {
    const NoGrad no_grad;
    call(*layer, reference, inputs);
  }
  REQUIRE(layer->weights().size() == weights.size());
  layer->set_weights(weights);

  const Tensors outputs = call(*layer, reference, inputs), expected = arrays(reference, "output");
  const double tolerance = reference.tolerance();
  REQUIRE(outputs.size() == expected.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) check_close("output", outputs[i], expected[i], tolerance);

  backward(outputs, arrays(reference, "r"));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    INFO("input " << i);
    const std::string role = "dinput" + std::to_string(i);
    if (reference.has(role)) check_close("gradient", inputs[i].grad(), reference.array(role), tolerance);
  }
  const std::vector<layers::Variable> variables = layer->weights();
  for (std::size_t i = 0; i < variables.size(); ++i) {
    INFO(variables[i].path);
    const std::string index = std::to_string(i);
    if (reference.has("dweight" + index)) {
      check_close("gradient", variables[i].value.grad(), reference.array("dweight" + index), tolerance);
    }
    if (reference.has("weight_after" + index)) {
      check_close("value after the call", variables[i].value, reference.array("weight_after" + index), tolerance);
    }
  }
}

}  // namespace

TEST_CASE("layers give Keras's outputs and gradients") { check_cases("layers", check_case); }

}  // namespace xtape::test
