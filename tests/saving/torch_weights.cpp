#include <filesystem>
#include <sstream>
#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "saving/models.hpp"
#include "saving/torch_cases.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {
namespace {

using saving::load_torch_weights;
using saving::LoadTorchWeightsOptions;

// What torch_layers.py wrote.
const TorchCases& cases() {
  static const TorchCases all("layers.pt");
  return all;
}
const std::string& file() { return cases().path(); }
Tensor given(const std::string& name) { return cases().given(name); }
double difference(const Tensor& y, const std::string& name) { return cases().difference(y, name); }

Sequential model_of(const std::string& name, const std::vector<layers::Layer>& parts) {
  Shape shape(given(name).shape().begin() + 1, given(name).shape().end());
  Sequential model;
  model.add(layers::InputLayer(shape));
  for (const layers::Layer& part : parts) model.add(part);
  return model;
}

void check(const std::string& name, const std::vector<layers::Layer>& parts,
           const LoadTorchWeightsOptions& options = {}) {
  cases().check(name, model_of(name, parts), options);
}

std::string error_of(const Model& model, const std::string& path, const LoadTorchWeightsOptions& options) {
  return torch_error(model, path, options);
}

}  // namespace

TEST_CASE("load_torch_weights gives layers what PyTorch's modules compute") {
  check("linear", {layers::Dense(3)});
  check("conv1d", {layers::Conv1D(3, 3, {.strides = 2})});
  check("conv2d", {layers::Conv2D(4, {3, 2}, {.dilation_rate = {1, 2}})});
  check("conv2d_groups", {layers::Conv2D(6, 3, {.groups = 2})});
  check("conv3d", {layers::Conv3D(3, {2, 3, 2})});
  check("depthwise1d", {layers::DepthwiseConv1D(3, {.depth_multiplier = 2})});
  check("depthwise2d", {layers::DepthwiseConv2D({2, 3}, {.depth_multiplier = 2})});
  check("conv1d_transpose", {layers::Conv1DTranspose(3, 4, {.strides = 2})});
  check("conv2d_transpose", {layers::Conv2DTranspose(2, {3, 2}, {.strides = {2, 3}, .output_padding = 0})});
  check("conv3d_transpose", {layers::Conv3DTranspose(3, 2, {.strides = 2})});
  check("batch_norm", {layers::BatchNormalization({.epsilon = 1e-5})});
  check("layer_norm", {layers::LayerNormalization({.epsilon = 1e-5})});
  check("layer_norm_image", {layers::LayerNormalization({.axis = {1, 2, 3}, .epsilon = 1e-5})});
  check("group_norm", {layers::GroupNormalization({.groups = 2, .epsilon = 1e-5})});
  check("embedding", {layers::Embedding(7, 3)});
  check("prelu", {layers::PReLU({.shared_axes = {1, 2}})});
}

TEST_CASE("load_torch_weights gives recurrent layers what PyTorch's compute") {
  check("rnn", {layers::SimpleRNN(4, {.return_sequences = true})});
  check("lstm", {layers::LSTM(4, {.return_sequences = true})});
  check("lstm", {layers::RNN(layers::LSTMCell(4), {.return_sequences = true})});
  check("gru", {layers::GRU(4, {.return_sequences = true})});
  check("gru_plain", {layers::GRU(4, {.use_bias = false, .return_sequences = true})});
  check("lstm_layers",
        {layers::LSTM(4, {.return_sequences = true, .name = "first"}),
         layers::LSTM(4, {.return_sequences = true, .name = "second"})},
        {.map = {{"", "first"}, {"", "second"}}});
  check("lstm_both", {layers::Bidirectional(layers::LSTM(4, {.return_sequences = true}))});
  // The second layer has another number of inputs: shapes say which is which.
  check("gru_both", {layers::Bidirectional(layers::GRU(4, {.return_sequences = true})),
                     layers::Bidirectional(layers::GRU(4, {.return_sequences = true}))});

  const Sequential cell{layers::InputLayer({1, 3}), layers::LSTM(4)};
  load_torch_weights(cell, file(), {.prefix = "lstm_cell.state"});
  CHECK(difference(cell.predict(given("lstm_cell").expand_dims(1), {.verbose = 0}), "lstm_cell") < 1e-5);

  const Sequential other{layers::InputLayer({5, 3}), layers::GRU(4, {.reset_after = false, .name = "gru"})};
  CHECK_THAT(error_of(other, file(), {.map = {{"", "gru"}}, .prefix = "gru.state"}),
             Contains("\n  other layer: gru: a GRU computes what PyTorch's does with reset_after = true alone"));
}

TEST_CASE("load_torch_weights gives MultiHeadAttention what PyTorch's computes") {
  check("attention", {layers::MultiHeadAttention(2, 3)});
  const Symbol query = Input({5, 6}), key = Input({5, 4});
  const layers::MultiHeadAttention attention(3, 2);
  const Model model({query, key}, attention.call_all({query, query, key})[0]);
  load_torch_weights(model, file(), {.prefix = "attention_apart.state"});
  const Tensor x = given("attention_apart");
  CHECK(difference(model.predict({x, x.slice(2, {0, 4})}, {.verbose = 0}), "attention_apart") < 1e-5);
}

TEST_CASE("load_torch_weights takes single tensors to weights") {
  check(
      "separable", {layers::SeparableConv2D(4, 3, {.depth_multiplier = 2, .name = "both"})},
      {.map = {{"0.weight", "both/depthwise_kernel"}, {"1.weight", "both/pointwise_kernel"}, {"1.bias", "both/bias"}}});
}

TEST_CASE("load_torch_weights brings features in the order of images with channels last") {
  check("flat", {layers::Conv2D(3, 2), layers::Flatten(), layers::Dense(3)});
  // That of a normalization too, which is Identity in the other case.
  check("flat_norm", {layers::Conv2D(3, 2), layers::Flatten(), layers::BatchNormalization({.epsilon = 1e-5}),
                      layers::Dropout(0.5), layers::Dense(3)});
  // In models within models.
  check("flat", {Sequential{layers::Conv2D(3, 2, {.name = "conv"}), layers::Flatten()},
                 layers::ReLU({.negative_slope = 1}), layers::Dense(3, {.name = "fc"})});
  check("image", {layers::Dense(30, {.activation = "relu"}), layers::Reshape({2, 5, 3}),
                  layers::Conv2DTranspose(2, 3, {.strides = 2})});

  const Symbol image = Input({4, 5, 2});
  const Model functional(image, layers::Dense(3)(layers::Flatten()(layers::Conv2D(3, 2)(image))));
  load_torch_weights(functional, file(), {.prefix = "flat.state"});
  CHECK(difference(functional.predict(given("flat"), {.verbose = 0}), "flat") < 1e-5);

  // Of sequences it is not clear.
  const std::vector<layers::Layer> parts{layers::Conv1D(3, 2), layers::Flatten(), layers::Dense(3, {.name = "dense"})};
  CHECK_THAT(error_of(model_of("flat1d", parts), file(), {.prefix = "flat1d.state"}),
             Contains("\n  order: the features of dense are elements of [5, 3]: say by .flattened whether they are "
                      "[3, 5] in fc, or, with {15}, in the same order"));
  check("flat1d", {layers::Conv1D(3, 2), layers::Flatten(), layers::Dense(3)}, {.flattened = {{"fc", {3, 5}}}});
  CHECK_THAT(error_of(model_of("flat1d", {layers::Conv1D(3, 2), layers::Flatten(), layers::Dense(3, {.name = "fc_"})}),
                      file(), {.prefix = "flat1d.state", .flattened = {{"fc", {3, 4}}, {"fd", {15}}}}),
             Contains("\n  other image: fc_ from fc: flattened is [3, 4], for 15 features") &&
                 Contains("\n  no module: fd is named for an image, and not in the map"));
}

TEST_CASE("load_torch_weights goes by names, by shapes where they are clear, or by a map") {
  const auto model = [](const std::string& first, const std::string& second) {
    return Sequential{layers::InputLayer({4}), layers::Dense(4, {.activation = "tanh", .name = first}),
                      layers::Dense(4, {.activation = "tanh", .name = second})};
  };
  const auto difference_of = [](const Model& loaded) {
    return difference(loaded.predict(given("alike"), {.verbose = 0}), "alike");
  };
  const Sequential named = model("b", "a");
  load_torch_weights(named, file(), {.prefix = "alike.state"});
  CHECK(difference_of(named) < 1e-5);
  const Sequential mapped = model("first", "second");
  CHECK_THAT(error_of(mapped, file(), {.prefix = "alike.state"}),
             Contains("it is not clear which module is which layer") && Contains("{\"b\", \"first\"},  // or \"a\""));
  load_torch_weights(mapped, file(), {.map = {{"b", "first"}, {"a", "second"}}, .prefix = "alike.state"});
  CHECK(difference_of(mapped) < 1e-5);

  // As a part of a model, by its path; from safetensors.
  const TemporaryFolder folder;
  io::NamedTensors below;
  for (const char* name : {"a.weight", "a.bias", "b.weight", "b.bias"}) {
    below.emplace_back(name, cases().at(std::string("alike.state.") + name));
  }
  io::save_safetensors(folder / "alike.safetensors", below);
  const Sequential part({layers::Dense(4, {.activation = "tanh", .name = "same"})}, {.name = "part"});
  const Sequential whole{layers::InputLayer({4}), layers::Dense(4, {.activation = "tanh", .name = "same"}), part};
  CHECK_THAT(error_of(whole, folder / "alike.safetensors", {.map = {{"b", "same"}, {"a", "part/sane"}}}),
             Contains("\n  no layer: none with weights is called part/sane; there are same, part/same"));
  load_torch_weights(whole, folder / "alike.safetensors", {.map = {{"b", "same"}, {"a", "part/same"}}});
  CHECK(difference_of(whole) < 1e-5);
}

TEST_CASE("load_torch_weights takes the format of a file whose name does not say it") {
  const TemporaryFolder folder;
  const auto model = [] { return Sequential{layers::InputLayer({5}), layers::Dense(3, {.name = "linear"})}; };
  std::filesystem::copy_file(file(), folder / "pytorch_model.bin");
  std::filesystem::copy_file(file(), folder / "checkpoint");
  io::NamedTensors named;
  for (const char* name : {"weight", "bias"}) named.emplace_back(name, cases().at(std::string("linear.state.") + name));
  io::save_safetensors(folder / "weights", named);
  const auto check_file = [&](const std::string& name, const LoadTorchWeightsOptions& options) {
    CAPTURE(name);
    const Sequential loaded = model();
    load_torch_weights(loaded, folder / name, options);
    CHECK(difference(loaded.predict(given("linear"), {.verbose = 0}), "linear") < 1e-5);
    std::ostringstream map;
    saving::print_weight_map(loaded, folder / name, map, options);
    CHECK_THAT(map.str(), Contains("{\"\", \"linear\"}"));
  };
  check_file("pytorch_model.bin", {.prefix = "linear.state"});
  check_file("pytorch_model.bin", {.prefix = "linear.state", .format = "pt"});
  check_file("checkpoint", {.prefix = "linear.state", .format = "pth"});
  check_file("weights", {.format = "safetensors"});
  CHECK_THROWS_WITH(
      load_torch_weights(model(), folder / "weights", {.format = "npz"}),
      Contains("load_torch_weights: unknown format \"npz\"; expected one of \"safetensors\", \"pt\", \"pth\""));
  CHECK_THROWS_AS(load_torch_weights(model(), folder / "weights"), FormatError);
}

TEST_CASE("load_torch_weights refuses a GRU without biases that resets otherwise") {
  const Sequential other{layers::InputLayer({5, 3}),
                         layers::GRU(4, {.use_bias = false, .reset_after = false, .name = "gru"})};
  CHECK_THAT(error_of(other, file(), {.map = {{"", "gru"}}, .prefix = "gru_plain.state"}),
             Contains("\n  other layer: gru: a GRU computes what PyTorch's does with reset_after = true alone"));
}

TEST_CASE("load_torch_weights lists all that does not fit, and changes nothing") {
  const Sequential model{layers::InputLayer({4, 5, 2}), layers::Conv2D(3, {2, 3}, {.name = "conv"}), layers::Flatten(),
                         layers::Dense(3, {.use_bias = false, .name = "fc"}), layers::Dense(2, {.name = "last"})};
  const std::string error =
      error_of(model, file(), {.map = {{"conv", "conv"}, {"fc", "fc"}, {"gone", "last"}}, .prefix = "flat_norm.state"});
  CHECK_THAT(error, Contains("load_torch_weights: " + file() + ": the weights in the file are not those of the model"));
  CHECK_THAT(error, Contains("\n  other shape: conv/kernel from conv.weight: the model has [2, 3, 2, 3], the file "
                             "[3, 2, 2, 2], which is [2, 2, 2, 3] here"));
  CHECK_THAT(error,
             Contains("\n  other shape: fc/kernel from fc.weight: the model has [27, 3], the file [3, 36], which "
                      "is [36, 3] here"));
  CHECK_THAT(error, Contains("\n  extra: fc.bias [3]"));
  CHECK_THAT(error, Contains("\n  no module: the file has none of the name gone"));
  CHECK_THAT(error, Contains("\n  missing: last/kernel [3, 2]\n  missing: last/bias [2]"));
  CHECK_THAT(error, Contains("\n  extra: norm.running_var [36]"));
  CHECK_THAT(error, !Contains("num_batches_tracked"));

  const auto map_error = [&](std::vector<std::pair<std::string, std::string>> map) {
    return error_of(model, file(), {.map = std::move(map), .prefix = "flat.state"});
  };
  CHECK_THAT(map_error({{"conv", "conv"}, {"fc", "conv"}}),
             Contains("\n  given twice: conv takes the weights of fc too"));
  CHECK_THAT(map_error({{"conv.weight", "conv/kernal"}}), Contains("\n  no weight: none is called conv/kernal"));
  CHECK_THAT(map_error({{"conv", "conv"}, {"conv", "fc"}}),
             Contains("\n  no module: the file has no further layer of conv"));
  CHECK_THAT(error_of(model, file(), {.prefix = "nothing"}),
             Contains("no name in the file begins with \"nothing.\": names begin with alike attention"));
  CHECK_THROWS_WITH(load_torch_weights(Sequential{layers::Dense(2)}, file()), Contains("built"));
}

TEST_CASE("load_torch_weights leaves what does not fit on request") {
  const Sequential model{layers::InputLayer({4, 5, 2}), layers::Conv2D(3, 2, {.name = "conv"}), layers::Flatten(),
                         layers::Dense(7, {.name = "head"})};
  const std::vector<Tensor> before = model.get_weights();
  load_torch_weights(model, file(),
                     {.map = {{"conv", "conv"}, {"fc", "head"}}, .prefix = "flat.state", .skip_mismatch = true});
  const std::vector<Tensor> after = model.get_weights();
  CHECK(same(after[0], cases().at("flat.state.conv.weight").permute({2, 3, 1, 0})));
  CHECK(same({after[2], after[3]}, {before[2], before[3]}));
}

TEST_CASE("print_weight_map writes a map that can be pasted") {
  const Sequential model{layers::InputLayer({4, 5, 2}), layers::Conv2D(3, 2, {.name = "c"}), layers::Flatten(),
                         layers::Dense(3, {.name = "head"})};
  std::ostringstream map, rest;
  saving::print_weight_map(model, file(), map, {.prefix = "flat.state"});
  CHECK(map.str() == "{.map = {\n    {\"conv\", \"c\"},\n    {\"fc\", \"head\"},\n}}\n");
  std::ostringstream open;
  saving::print_weight_map(
      model_of("flat1d", {layers::Conv1D(3, 2, {.name = "c"}), layers::Flatten(), layers::Dense(3, {.name = "head"})}),
      file(), open, {.prefix = "flat1d.state"});
  CHECK(open.str() ==
        "{.map = {\n    {\"conv\", \"c\"},\n    {\"fc\", \"head\"},\n}}\n"
        "// order: the features of head are elements of [5, 3]: say by .flattened whether they are [3, 5] in fc, or, "
        "with "
        "{15}, in the same order\n");
  saving::print_weight_map(Sequential{layers::InputLayer({4}), layers::Dense(3, {.name = "one"})}, file(), rest,
                           {.prefix = "linear.state"});
  CHECK(rest.str() ==
        "{.map = {\n    // no layer for \"\": \"weight\" [3, 5], \"bias\" [3]\n"
        "    // no module for \"one\": kernel [4, 3], bias [3]\n}}\n");
}

}  // namespace xtape::test
