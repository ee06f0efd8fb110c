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

// The arguments of a call in its general form: attention is given query, value and key, a recurrent layer its sequences
// and then its states.
layers::Arguments<Tensor> arguments_of(const Case& reference, const Tensors& inputs) {
  const std::string how = reference.all.text("call", "single");
  const Config keywords = reference.all.object("call_kwargs");
  layers::Arguments<Tensor> arguments{.inputs = inputs};
  if (reference.has("mask")) {
    arguments.inputs[0] = with_mask(inputs[0], reference.array("mask").astype(bool_));
  }
  if (how == "initial_state") {
    arguments.inputs.resize(1);
    arguments.keywords.push_back({"initial_state", Tensors(inputs.begin() + 1, inputs.end())});
  }
  if (reference.has("attention_mask")) {
    arguments.keywords.push_back({"attention_mask", {reference.array("attention_mask").astype(bool_)}});
  }
  for (const char* name : {"use_causal_mask", "return_attention_scores"}) {
    if (keywords.contains(name)) arguments.settings.push_back({name, keywords.flag(name, false)});
  }
  arguments.training = reference.all.flag("training", false);
  return arguments;
}

// The inputs with the masks that the call is given.
Tensors masked(const Case& reference, const Tensors& inputs) {
  Tensors result;
  for (const Tensor& input : inputs) {
    const std::string role = reference.has("mask") ? "mask" : "mask" + std::to_string(result.size());
    result.push_back(reference.has(role) ? with_mask(input, reference.array(role).astype(bool_)) : input);
  }
  return result;
}

Tensors call(const layers::Layer& layer, const Case& reference, const Tensors& given) {
  const Tensors inputs = masked(reference, given);
  const layers::Arguments<Tensor> arguments = arguments_of(reference, inputs);
  if (reference.all.text("call", "single") != "single" || reference.has("output1")) {
    return layer.impl().apply_all(arguments);
  }
  const Tensor output = layer(arguments.inputs[0], {.training = arguments.training});
  CHECK(layer.compute_output_shape(inputs[0].shape()) == output.shape());
  return {output};
}

// The inputs with the masks that the case gives them: `mask`, or `mask<k>` of each.
Tensors with_masks(const Case& reference, Tensors inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string role = i == 0 && reference.has("mask") ? "mask" : "mask" + std::to_string(i);
    if (reference.has(role)) inputs[i] = with_mask(inputs[i], reference.array(role).astype(bool_));
  }
  return inputs;
}

void check_case(const Case& reference) {
  const layers::Layer layer = make_layer(reference.kind, reference.config);
  const Tensors inputs = arrays(reference, "input"), weights = arrays(reference, "weight");
  for (const Tensor& input : inputs) {
    if (is_floating(input.dtype())) input.set_requires_grad();
  }
  {
    const NoGrad no_grad;
    call(layer, reference, inputs);
  }
  // What it was made with, written and read again, makes the same.
  CHECK(layers::deserialize(parse_json(to_json(layers::serialize(layer)))).get_config() == layer.get_config());
  REQUIRE(layer.weights().size() == weights.size());
  layer.set_weights(weights);

  const Tensors given = with_masks(reference, inputs);
  const Tensors outputs = call(layer, reference, given), expected = arrays(reference, "output");
  const double tolerance = reference.tolerance();
  REQUIRE(outputs.size() == expected.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) check_close("output", outputs[i], expected[i], tolerance);
  if (reference.has("output_mask")) {
    REQUIRE(has_mask(outputs[0]));
    CHECK(array_equal(mask_of(outputs[0]), reference.array("output_mask").astype(bool_)));
  }

  backward(outputs, arrays(reference, "r"));
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    INFO("input " << i);
    const std::string role = "dinput" + std::to_string(i);
    if (reference.has(role)) check_close("gradient", inputs[i].grad(), reference.array(role), tolerance);
  }
  const std::vector<layers::Variable> variables = layer.weights();
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
