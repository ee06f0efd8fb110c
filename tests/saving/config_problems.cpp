// One error lists all that is wrong with a file.
#include <string>
#include <vector>

#include "catch.hpp"
#include "io/hdf5.hpp"
#include "io/zip_bytes.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

// What load_model says of a file of that configuration, whose weights are a kernel of that shape and a bias, and which
// has this state of an optimizer.
std::string error_of(const std::string& config, const Shape& kernel = {4, 2}, const std::vector<Tensor>& state = {}) {
  io::ArrayGroup weights;
  for (std::size_t i = 0; i < state.size(); ++i) weights.add_array("optimizer/vars/" + std::to_string(i), state[i]);
  weights.group_at("vars");
  weights.add_array("layers/dense/vars/0", ones(kernel));
  weights.add_array("layers/dense/vars/1", ones({2}));
  const std::vector<std::byte> image = io::hdf5_content(weights).joined();
  const TemporaryFolder folder;
  const std::string path = folder.write(
      "model.keras",
      zip_bytes({stored_entry("config.json", config),
                 stored_entry("model.weights.h5", {reinterpret_cast<const char*>(image.data()), image.size()})}));
  try {
    load_model(path);
  } catch (const ValueError& error) {
    CHECK(error.message().starts_with("load_model: " + path + ": "));
    return error.message();
  }
  return "no error";
}

std::string layer(const std::string& class_name, const std::string& options) {
  return R"({"class_name": ")" + class_name + R"(", "config": {)" + options + "}}";
}

// A model of an input of 4, and these layers.
std::string sequential(const std::string& layers, const std::string& compiled = "") {
  return R"({"class_name": "Sequential", "config": {"name": "s", "layers": [)" +
         layer("InputLayer", R"("batch_shape": [null, 4], "name": "x")") + ", " + layers + "]}" +
         (compiled.empty() ? "" : R"(, "compile_config": )" + compiled) + "}";
}

const std::string dense = layer("Dense", R"("name": "d", "units": 2)");

}  // namespace

TEST_CASE("a model in order is read") {
  CHECK(error_of(sequential(dense)) == "no error");
  CHECK(error_of(sequential(dense, R"({"optimizer": "sgd", "loss": "mse"})")) == "no error");
  // Without an optimizer it is Keras's usual one.
  CHECK(error_of(sequential(dense, R"({"loss": "mse", "loss_weights": null})")) == "no error");
}

TEST_CASE("all layers that cannot be made are one error") {
  const std::string text = error_of(sequential(layer("Dance", R"("name": "a", "units": 2)") + ", " + dense + ", " +
                                               layer("Dropout", R"("name": "b", "rate": 2.0)")));
  CHECK_THAT(text, Contains("the model cannot be made:"));
  CHECK_THAT(text, Contains(R"(the layer "s/a": unknown layer class "Dance"; the nearest known names are "Dense")"));
  CHECK_THAT(text, Contains(R"(the layer "s/b": )") && Contains("rate"));
}

TEST_CASE("all options of a layer that are wrong are one error") {
  const std::string text = error_of(sequential(
      layer("Dense", R"("name": "d", "units": "two", "activation": "rely", "use_bais": false, "colour": 3)") + ", " +
      layer("LayerNormalization", R"("name": "n", "rms_scaling": true, "axes": 3)")));
  CHECK_THAT(text, Contains(R"(the layer "s/d": Dense: units: )"));
  CHECK_THAT(text, Contains("Dense: activation: ") && Contains("\"relu\""));
  CHECK_THAT(text, Contains("unknown option of Dense \"use_bais\"") && Contains("\"use_bias\""));
  CHECK_THAT(text, Contains("unknown option of Dense \"colour\""));
  CHECK_THAT(text, Contains(R"(the layer "s/n": LayerNormalization: rms_scaling must be false, given true)"));
  CHECK_THAT(text, Contains("unknown option of LayerNormalization \"axes\""));
}

TEST_CASE("wrong options of layers in layers are told too") {
  const std::string text = error_of(
      sequential(layer("TimeDistributed",
                       R"("name": "t", "layer": )" + layer("Dense", R"("name": "d", "units": 2, "bios": 1, "q": 2)"))));
  CHECK_THAT(text, Contains("unknown option of Dense \"bios\"") && Contains("unknown option of Dense \"q\""));
}

TEST_CASE("problems say where the layer stands, in models and in layers") {
  const auto in_sequential = [](const std::string& name, const std::string& inside) {
    return layer("Sequential", R"("name": ")" + name + R"(", "layers": [)" + inside + "]");
  };
  const auto in_functional = [](const std::string& name, const std::string& inside) {
    return layer("Functional", R"("name": ")" + name + R"(", "layers": [)" + inside +
                                   R"(], "input_layers": [], "output_layers": [])");
  };
  const std::string wrong = layer("Dense", R"("name": "tied", "units": "x")");
  const std::string cell = layer("LSTMCell", R"("name": "cell", "units": "x")");
  const std::string cells = layer(
      "RNN", R"("name": "rnn", "cell": )" + layer("StackedRNNCells", R"("name": "cells", "cells": [)" + cell + "]"));
  const std::string lstm = layer("LSTM", R"("name": "lstm", "units": "x")");
  const std::string expected = "expected an integer, given \"x\"";
  const auto check = [&](const std::string& config, const std::string& problem) {
    CHECK_THAT(error_of(config), Contains(problem + ": units: " + expected));
  };
  check(sequential(wrong), R"(the layer "s/tied": Dense)");
  check(sequential(in_sequential("inner", wrong)), R"(the layer "s/inner/tied": Dense)");
  check(sequential(in_functional("inner", wrong)), R"(the layer "s/inner/tied": Dense)");
  check(sequential(in_functional("middle", in_sequential("inner", wrong))),
        R"(the layer "s/middle/inner/tied": Dense)");
  check(sequential(layer("TimeDistributed", R"("name": "steps", "layer": )" + wrong)),
        R"(the layer "s/steps/tied": Dense)");
  check(sequential(layer("TimeDistributed", R"("name": "steps", "layer": )" + in_sequential("inner", wrong))),
        R"(the layer "s/steps/inner/tied": Dense)");
  check(sequential(in_sequential("inner", layer("Bidirectional", R"("name": "both", "layer": )" + lstm))),
        R"(the layer "s/inner/both/lstm": LSTM)");
  check(sequential(cells), R"(the layer "s/rnn/cells/cell": LSTMCell)");
  // What is no option says it too.
  CHECK_THAT(error_of(sequential(in_sequential("inner", layer("Dance", R"("name": "tied")")))),
             Contains(R"(the layer "s/inner/tied": unknown layer class "Dance")"));
  CHECK_THAT(error_of(sequential(in_sequential("inner", layer("Dense", R"("name": "tied", "units": -1)")))),
             Contains(R"(the layer "s/inner/tied": )") && Contains("given -1"));
  CHECK_THAT(error_of(sequential(in_functional("inner", dense))),
             Contains(R"(the layer "s/inner/d": )") && Contains("inbound_nodes"));
}

TEST_CASE("names that are too long to be shown are cut") {
  const std::string name(100000, 'n');
  const std::string text =
      error_of(sequential(layer("Sequential", R"("name": ")" + name + R"(", "layers": [)" +
                                                  layer("Dense", R"("name": "d", "units": "x")") + "]")));
  CHECK_THAT(text, Contains("the layer \"s/" + name.substr(0, 100) + ".../d\": Dense: units: "));
  CHECK(text.size() < 1000);
}

TEST_CASE("what a model was compiled with and its weights are one error") {
  const std::string text =
      error_of(sequential(dense, R"({"optimizer": {"class_name": "SGD", "config": {"momentun": 0.9, "nesterov": "x"}},
                                   "loss": "mean_squard_error", "steps": 2})"),
               {4, 3});
  CHECK_THAT(text, Contains("what it was compiled with: "));
  CHECK_THAT(text, Contains("\"momentun\"") && Contains("nesterov"));
  CHECK_THAT(text, Contains("unknown option of compile \"steps\""));
  CHECK_THAT(text, Contains("the model has [4, 2], the file [4, 3]"));
  CHECK_THAT(error_of(sequential(dense, R"({"optimizer": "sgd", "loss": "mean_squard_error"})"), {4, 3}),
             Contains("\"mean_squard_error\"") && Contains("the model has [4, 2], the file [4, 3]"));
}

TEST_CASE("the state of an optimizer is compared though the model cannot be compiled") {
  // Iterations, learning rate, and for each weight a momentum.
  const std::vector<Tensor> state{full({}, 3, int32), full({}, 0.1), ones({4, 2}), ones({7})};
  const auto compiled = [](const std::string& optimizer, const std::string& loss) {
    return sequential(
        dense, R"({"optimizer": {"class_name": "SGD", "config": {)" + optimizer + R"(}}, "loss": ")" + loss + "\"}");
  };
  const std::string momentum = R"("momentum": 0.9)", loss = "\"mean_squard_error\"";
  const std::string slot = "the model has [2], the file [7]", kernel = "the model has [4, 2], the file [4, 3]";
  CHECK_THAT(error_of(compiled(momentum, "mse"), {4, 3}, state), Contains(slot) && Contains(kernel));
  CHECK_THAT(error_of(compiled(momentum, "mean_squard_error"), {4, 3}, state),
             Contains(loss) && Contains(slot) && Contains(kernel));
  // Of an optimizer that is not known, neither is its state.
  CHECK_THAT(error_of(compiled(R"("momentun": 0.9)", "mean_squard_error"), {4, 3}, state),
             Contains("\"momentun\"") && Contains(kernel) && !Contains("optimizer/"));
}

}  // namespace xtape::test
