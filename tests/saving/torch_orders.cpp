#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "saving/torch_cases.hpp"

// What PyTorch has in another order, for its channels come first there. [6, 7, 2] become [4, 5, 3] by the convolution.
namespace xtape::test {
namespace {

using layers::Conv2D;
using layers::Dense;
using layers::Flatten;
using layers::Permute;
using layers::Reshape;
using layers::TimeDistributed;
using saving::load_torch_weights;

// What torch_orders.py wrote.
const TorchCases& cases() {
  static const TorchCases all("orders.pt");
  return all;
}
std::string error_of(const std::string& name, const Model& model, saving::LoadTorchWeightsOptions options = {}) {
  options.prefix = name + ".state";
  return torch_error(model, cases().path(), options);
}

Symbol image() { return Input({6, 7, 2}); }
Symbol convolved(const Symbol& x) { return Conv2D(3, 3, {.name = "conv"})(x); }
// Columns as steps of 12 features.
Symbol columns(const Symbol& x) { return Reshape({5, 12})(Permute({2, 1, 3})(convolved(x))); }

// With a layer between Flatten and Dense.
Model flat_model(const layers::Layer& between) {
  const Symbol x = image();
  return Model(x, Dense(4, {.name = "fc"})(between(Flatten()(convolved(x)))));
}

struct TwiceImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return relu(x * 2); }
};
using Twice = layers::Handle<TwiceImpl>;

// Two layers, in an order that is not known.
struct BlockImpl : layers::LayerImpl {
  Dense fc = track("fc", Dense(4));
  layers::Dropout dropout = track("dropout", layers::Dropout(0.5));
  Tensor call(const Tensor& x) { return dropout(fc(x)); }
};
using Block = layers::Handle<BlockImpl>;

struct MakerImpl : layers::LayerImpl {
  Dense fc = track("fc", Dense(30, {.activation = "relu"}));
  layers::Dropout dropout = track("dropout", layers::Dropout(0.5));
  Tensor call(const Tensor& x) { return dropout(fc(x)); }
};
using Maker = layers::Handle<MakerImpl>;

// One whose calls are its own.
struct OwnImpl : models::ModelImpl {
  Conv2D conv = track("conv", Conv2D(3, 3));
  Dense fc = track("fc", Dense(4));
  Tensor call(const Tensor& x) { return fc(conv(x).reshape({x.shape(0), -1})); }
};
using Own = layers::Handle<OwnImpl>;

struct OwnFlatImpl : models::ModelImpl {
  Conv2D conv = track("conv", Conv2D(3, 3));
  Flatten flatten = track("flatten", Flatten());
  Dense fc = track("fc", Dense(4));
  Tensor call(const Tensor& x) { return fc(flatten(conv(x))); }
};
using OwnFlat = layers::Handle<OwnFlatImpl>;

struct OwnHeadImpl : models::ModelImpl {
  Sequential body = track("body", Sequential{layers::InputLayer({6, 7, 2}), Conv2D(3, 3, {.name = "conv"})});
  Sequential head = track("head", Sequential{layers::InputLayer({60}), Dense(4, {.name = "fc"})});
  Tensor call(const Tensor& x) { return head(body(x).reshape({x.shape(0), -1})); }
};
using OwnHead = layers::Handle<OwnHeadImpl>;

}  // namespace

TEST_CASE("load_torch_weights follows features through operations, and asks behind what it does not know") {
  const Symbol x = image();
  cases().check("scaled", Model(x, Dense(4, {.name = "fc"})(relu(Flatten()(convolved(x)) * 2))));
  const Symbol y = image();
  cases().check("flat", Model(y, Dense(4, {.name = "fc"})(Reshape({60})(convolved(y)))));
  const Symbol z = image();
  cases().check("flat", Model(z, Dense(4, {.name = "fc"})(reshape(convolved(z), {-1, 60}))));
  cases().check("flat", flat_model(layers::Dropout(0.5)));
  // Operations that change nothing here.
  for (const std::string text :
       {R"({"op": "clip", "options": {"x_min": -1e6, "x_max": 1e6}})",
        R"({"op": "leaky_relu", "options": {"negative_slope": 1.0}})", R"({"op": "convert_to_tensor"})"}) {
    cases().check("flat", flat_model(layers::Operation::from_config(parse_json(text))));
  }

  for (const layers::Layer& between :
       {layers::Layer(Twice()), layers::Layer(layers::Lambda([](const Tensor& t) { return relu(t * 2); }))}) {
    CHECK_THAT(error_of("scaled", flat_model(between)),
               Contains("\n  order: the features of fc are elements of [4, 5, 3]: say by .flattened whether they are "
                        "[3, 4, 5] in fc, or, with {60}, in the same order"));
    cases().check("scaled", flat_model(between), {.flattened = {{"fc", {3, 4, 5}}}});
  }
  // One that makes rows of images itself.
  const Symbol w = image();
  const layers::Lambda rows([](const Tensor& t) { return t.flatten(1); });
  const Model unknown(w, Dense(4, {.name = "fc"})(rows(convolved(w))));
  CHECK_THAT(
      error_of("flat", unknown),
      Contains("\n  order: the features of fc are 60, made of images, it is not known how: say by .flattened what "
               "they are in fc, as {channels, height, width}, or, with {60}, that they are in the same order"));
  cases().check("flat", unknown, {.flattened = {{"fc", {3, 4, 5}}}});
}

TEST_CASE("load_torch_weights compares .flattened with what the model shows") {
  const auto error = [](const Shape& flattened) {
    return error_of("flat", flat_model(layers::Identity()), {.flattened = {{"fc", flattened}}});
  };
  cases().check("flat", flat_model(layers::Identity()), {.flattened = {{"fc", {3, 4, 5}}}});
  const std::string start = "\n  other image: fc from fc: flattened is ";
  CHECK_THAT(error({-3, -4, 5}), Contains(start + "[-3, -4, 5], where lengths of at least 1 are expected"));
  CHECK_THAT(error({}), Contains(start + "[], where lengths of at least 1 are expected"));
  CHECK_THAT(error({3, 4, 6}), Contains(start + "[3, 4, 6], for 60 features"));
  CHECK_THAT(error({int64_t{1} << 62, 4, 4}), Contains("for 60 features"));
  CHECK_THAT(error({3, 2, 10}),
             Contains(start + "[3, 2, 10], for elements of [4, 5, 3] here, which would be [3, 4, 5] there"));
  // The order here, by mistake; that it is PyTorch's too can be said.
  CHECK_THAT(error({4, 5, 3}),
             Contains(start + "[4, 5, 3], for an image of the model that is [3, 4, 5] there: leave it "
                              "out, or say with {60} that the order is the same"));
  const Model model = flat_model(layers::Identity());
  load_torch_weights(model, cases().path(), {.prefix = "flat.state", .flattened = {{"fc", {60}}}});
  CHECK(same(model.get_layer("fc").get_weights()[0], cases().at("flat.state.fc.weight").transpose()));
}

TEST_CASE("load_torch_weights puts single tensors in the order of features") {
  const std::vector<std::pair<std::string, std::string>> map{
      {"conv", "conv"}, {"fc.weight", "fc/kernel"}, {"fc.bias", "fc/bias"}};
  cases().check("flat", flat_model(layers::Identity()), {.map = map});
  const Model model = flat_model(Twice());
  CHECK_THAT(error_of("scaled", model, {.map = map}),
             Contains("say by .flattened whether they are [3, 4, 5] in fc, or, with {60}"));
  cases().check("scaled", model, {.map = map, .flattened = {{"fc", {3, 4, 5}}}});
  cases().check("scaled", model, {.map = map, .flattened = {{"fc.weight", {3, 4, 5}}, {"fc.bias", {60}}}});

  // Square kernels would fit as they are.
  const Sequential square{layers::InputLayer({5, 4}), layers::SimpleRNN(4, {.return_sequences = true, .name = "rnn"})};
  CHECK_THAT(
      error_of("square", square, {.map = {{"rnn.weight_ih_l0", "rnn/kernel"}}}),
      Contains("\n  other layer: rnn/kernel from rnn.weight_ih_l0: the weights of a SimpleRNN are not single tensors "
               "in PyTorch: name the module and the layer"));
  cases().check("square", square);
}

TEST_CASE("load_torch_weights knows features of steps") {
  const auto steps = [](const layers::Layer& flatten, const layers::Layer& last) {
    const Symbol x = Input({3, 6, 7, 2});
    return Model(x, last(flatten(TimeDistributed(Conv2D(3, 3), {.name = "conv"})(x))));
  };
  const TimeDistributed flatten{Flatten()};
  cases().check("video", steps(flatten, TimeDistributed(Dense(4), {.name = "fc"})));
  cases().check("video", steps(flatten, Dense(4, {.name = "fc"})));
  cases().check("video", steps(TimeDistributed(Reshape({60})), Dense(4, {.name = "fc"})));

  // All frames at once.
  const Model at_once = steps(Flatten(), Dense(4, {.name = "fc"}));
  CHECK_THAT(error_of("video_at_once", at_once),
             Contains("are elements of [3, 4, 5, 3]: say by .flattened whether they are [3, 3, 4, 5] in fc"));
  cases().check("video_at_once", at_once, {.flattened = {{"fc", {3, 3, 4, 5}}}});

  // Rows of steps that become images.
  const Symbol rows = Input({3, 4});
  const Symbol images = TimeDistributed(Reshape({2, 5, 3}))(Dense(30, {.activation = "relu", .name = "fc"})(rows));
  const layers::Conv2DTranspose deconv(2, 3, {.strides = 2, .output_padding = 0});
  cases().check("decoded_steps", Model(rows, TimeDistributed(deconv, {.name = "deconv"})(images)));
}

TEST_CASE("load_torch_weights puts what permuted images are made of in the order that it is told") {
  const auto model = [](const layers::Layer& last) {
    const Symbol x = image();
    return Model(x, last(columns(x)));
  };
  const std::string question = "are elements of [4, 3]: say by .flattened whether they are [3, 4] in ";
  const auto check = [&](const std::string& name, const layers::Layer& last, const std::string& module) {
    CHECK_THAT(error_of(name, model(last)), Contains(question + module));
    cases().check(name, model(last), {.flattened = {{module, {3, 4}}}});
  };
  check("steps_lstm", layers::LSTM(4, {.return_sequences = true, .name = "rnn"}), "rnn");
  check("steps_gru", layers::GRU(4, {.return_sequences = true, .name = "rnn"}), "rnn");
  check("steps_gru", layers::RNN(layers::GRUCell(4), {.return_sequences = true, .name = "rnn"}), "rnn");
  check("steps_rnn", layers::SimpleRNN(4, {.return_sequences = true, .name = "rnn"}), "rnn");
  check("steps_both", layers::Bidirectional(layers::GRU(4, {.return_sequences = true}), {.name = "rnn"}), "rnn");
  check("steps_linear", Dense(4, {.name = "fc"}), "fc");
  check("steps_linear", TimeDistributed(Dense(4), {.name = "fc"}), "fc");
  check("steps_linear", layers::EinsumDense("abc,cd->abd", {-1, 4}, {.bias_axes = "d", .name = "fc"}), "fc");
  check("steps_conv", layers::Conv1D(4, 2, {.name = "over"}), "over");

  const Symbol x = image();
  const Symbol steps = columns(x);
  const Model attending(x, layers::MultiHeadAttention(2, 6, {.name = "attention"})(steps, steps));
  CHECK_THAT(error_of("steps_attention", attending), Contains(question + "attention"));
  cases().check("steps_attention", attending, {.flattened = {{"attention", {3, 4}}}});

  // Flattened behind a Permute, and not so there.
  const Symbol y = image();
  const Model turned(y, Dense(4, {.name = "fc"})(Flatten()(Permute({2, 1, 3})(convolved(y)))));
  CHECK_THAT(error_of("flat", turned),
             Contains("are elements of [5, 4, 3]: say by .flattened whether they are [3, 5, 4]"));
  cases().check("flat", turned, {.flattened = {{"fc", {3, 4, 5}}}});
  const Symbol z = image();
  const Model first(z, Dense(4, {.name = "fc"})(Flatten()(Permute({3, 1, 2})(convolved(z)))));
  cases().check("flat", first, {.flattened = {{"fc", {60}}}});
  // Two places of one length could be either.
  const Symbol square = Input({7, 7, 2});
  const Model open(square,
                   Dense(4, {.name = "fc"})(Flatten()(Permute({2, 1, 3})(Conv2D(3, 3, {.name = "conv"})(square)))));
  CHECK_THAT(error_of("flat", open, {.flattened = {{"fc", {3, 5, 5}}}}),
             Contains("which leaves open which axis is which of those that lie here as [5, 5, 3]"));
}

TEST_CASE("load_torch_weights puts in order what is joined, added, and returned by several outputs") {
  const auto joined = [](const layers::Layer& between) {
    const Symbol x = image(), row = Input({6});
    return Model({x, row}, Dense(4, {.name = "fc"})(layers::Concatenate()({between(Flatten()(convolved(x))), row})));
  };
  const auto check_joined = [](const Model& model, saving::LoadTorchWeightsOptions options) {
    options.prefix = "joined.state";
    load_torch_weights(model, cases().path(), options);
    const Tensor y = model.predict({cases().given("joined"), cases().at("joined.row")}, {.verbose = 0});
    CHECK(cases().difference(y, "joined") < 1e-5);
  };
  check_joined(joined(layers::Identity()), {});
  const layers::Lambda same([](const Tensor& x) { return x * 1; });
  CHECK_THAT(
      error_of("joined", joined(same)),
      Contains("\n  order: the features of fc are [4, 5, 3] and [6], joined: say by .flattened what the one that is "
               "open is in fc, or, with {66}, that all are in the same order"));
  check_joined(joined(same), {.flattened = {{"fc", {3, 4, 5}}}});

  const Symbol x = image();
  const Symbol features = convolved(x);
  const Model encoder(x, {Flatten()(features), layers::GlobalAveragePooling2D()(features)}, {.name = "encoder"});
  const Symbol input = image();
  const std::vector<Symbol> outputs = encoder.call_all({input});
  const Symbol y = Dense(4, {.name = "fc"})(outputs[0]) + Dense(4, {.name = "pooled"})(outputs[1]);
  cases().check("two_heads", Model(input, y));

  // What a layer adds to a flattened image lies as that does.
  const Symbol z = image();
  const Symbol flat = Flatten()(convolved(z));
  const Symbol sum = layers::Add()({flat, Dense(60, {.name = "inner"})(flat)});
  const Model residual(z, Dense(4, {.name = "fc"})(sum));
  cases().check("residual", residual);
  // Which another layer would take as it is.
  const Symbol w = image();
  const Symbol rows = Flatten()(convolved(w));
  const Symbol made = Dense(60, {.name = "inner"})(rows);
  const Model both(w, {Dense(4, {.name = "fc"})(layers::Add()({rows, made})), Dense(4, {.name = "other"})(made)});
  CHECK_THAT(error_of("residual", both, {.map = {{"conv", "conv"}, {"inner", "inner"}, {"fc", "other"}}}),
             Contains("\n  order: the features of other are 60, made of images, it is not known how"));
}

TEST_CASE("load_torch_weights asks for the order of channels that become places") {
  const Symbol x = image();
  const Symbol parts = Reshape({4, 5, 2, 2, 3})(Conv2D(12, 3, {.name = "up"})(x));
  const Symbol large = Reshape({8, 10, 3})(Permute({1, 3, 2, 4, 5})(parts));
  const Model model(x, Conv2D(2, 2, {.name = "after"})(large));
  CHECK_THAT(
      error_of("shuffled", model),
      Contains("the features of up are elements of [2, 2, 3]: say by .unflattened whether they are [3, 2, 2] in up"));
  cases().check("shuffled", model, {.unflattened = {{"up", {3, 2, 2}}}});
}

TEST_CASE("load_torch_weights asks for what models of one's own flatten") {
  const Own own;
  own.build({-1, 6, 7, 2});
  CHECK_THAT(error_of("flat", own), Contains("the features of fc are 60, made of images, it is not known how"));
  cases().check("flat", own, {.flattened = {{"fc", {3, 4, 5}}}});
  const OwnFlat flat;
  flat.build({-1, 6, 7, 2});
  CHECK_THAT(error_of("flat", flat), Contains("the features of fc are elements of [4, 5, 3]: say by .flattened"));
  cases().check("flat", flat, {.flattened = {{"fc", {3, 4, 5}}}});
  // Layers of one's own in models that show the rest.
  const Symbol x = image();
  const Model block(x, Block()(Flatten()(convolved(x))));
  CHECK_THAT(error_of("flat", block), Contains("/fc are elements of [4, 5, 3]: say by .flattened"));
  cases().check("flat", block, {.flattened = {{"fc", {3, 4, 5}}}});
  const Symbol rows = Input({3, 4});
  const layers::Conv2DTranspose deconv(2, 3, {.strides = 2, .output_padding = 0});
  const Symbol images = TimeDistributed(Reshape({2, 5, 3}))(TimeDistributed(Maker())(rows));
  const Model maker(rows, TimeDistributed(deconv, {.name = "deconv"})(images));
  CHECK_THAT(error_of("decoded_steps", maker), Contains("/fc are elements of [2, 5, 3]: say by .unflattened"));
  cases().check("decoded_steps", maker, {.unflattened = {{"fc", {3, 2, 5}}}});
  const OwnHead head;
  head.build({-1, 6, 7, 2});
  CHECK_THAT(error_of("flat", head), Contains("the features of head/fc are 60, made of images"));
  cases().check("flat", head, {.flattened = {{"fc", {3, 4, 5}}}});
}

TEST_CASE("load_torch_weights converts, or refuses by name, what layers of the same kind have otherwise") {
  const auto alone = [](const std::string& name, const layers::Layer& layer) {
    Sequential model;
    model.add(layers::InputLayer(Shape(cases().given(name).shape().begin() + 1, cases().given(name).shape().end())));
    model.add(layer);
    return model;
  };
  const auto check = [&](const std::string& name, const layers::Layer& layer) {
    cases().check(name, alone(name, layer));
  };
  check("rms_norm", layers::RMSNormalization());
  check("conv1d_groups", layers::Conv1D(6, 3, {.groups = 2}));
  check("conv3d_groups", layers::Conv3D(6, 2, {.groups = 2}));
  check("attention_plain", layers::MultiHeadAttention(2, 3, {.use_bias = false}));
  check("gru_cells", layers::RNN(layers::GRUCell(4), {.return_sequences = true}));
  cases().check(
      "separable1d", alone("separable1d", layers::SeparableConv1D(4, 3, {.depth_multiplier = 2, .name = "both"})),
      {.map = {{"0.weight", "both/depthwise_kernel"}, {"1.weight", "both/pointwise_kernel"}, {"1.bias", "both/bias"}}});
  const layers::RNN both(
      layers::StackedRNNCells({layers::LSTMCell(4, {.name = "a"}), layers::LSTMCell(4, {.name = "b"})}),
      {.return_sequences = true, .name = "both"});
  const Sequential stacked = alone("lstm_layers", both);
  cases().check("lstm_layers", stacked, {.map = {{"rnn", "a"}, {"rnn", "b"}}});
  std::ostringstream map;
  saving::print_weight_map(stacked, cases().path(), map, {.prefix = "lstm_layers.state"});
  CHECK(map.str() == "{.map = {\n    {\"rnn\", \"both/a\"},\n    {\"rnn\", \"both/b\"},\n}}\n");

  CHECK_THAT(
      error_of("transpose_groups", alone("transpose_groups", layers::Conv2DTranspose(6, 3, {.name = "up"})),
               {.map = {{"", "up"}}}),
      Contains("\n  other shape: up/kernel from weight: the model has [3, 3, 6, 4], the file [4, 3, 3, 3], which is "
               "[3, 3, 3, 4] here: a transposed convolution in 2 groups, which Conv2DTranspose has not"));
  CHECK_THAT(error_of("attention_bias_kv", alone("attention_bias_kv", layers::MultiHeadAttention(2, 3, {.name = "a"})),
                      {.map = {{"", "a"}}}),
             Contains("\n  extra: bias_k [1, 1, 6]"));
  const layers::RNN cells(layers::StackedRNNCells({layers::GRUCell(4), layers::GRUCell(4)}),
                          {.return_sequences = true});
  const Sequential directions = alone("gru_cells", layers::Bidirectional(cells, {.name = "both"}));
  CHECK_THAT(error_of("gru_cells", directions, {.map = {{"", "both"}}}),
             Contains("\n  other layer: both: PyTorch has no Bidirectional of a StackedRNNCells, for its directions "
                      "meet between layers: take one Bidirectional for each layer"));
  std::ostringstream refused;
  saving::print_weight_map(directions, cases().path(), refused, {.prefix = "gru_cells.state"});
  CHECK_THAT(refused.str(), Contains("// no module for \"both\"") && Contains("Bidirectional of a StackedRNNCells"));
}

}  // namespace xtape::test
