#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// What layers were made with, written and read.

using namespace xtape;
using layers::Layer;

namespace {

struct Sample {
  Layer layer;
  Shape input;
};

// Each kind of layer, with options that are not the defaults.
std::vector<Sample> samples() {
  using namespace layers;
  return {
      {layers::Activation("gelu"), {2, 3}},
      {ActivityRegularization({.l1 = 0.1}), {2, 3}},
      {AlphaDropout(0.25, {.noise_shape = Shape{-1, 1}, .seed = 3}), {2, 3}},
      {AveragePooling2D({3, 2}, {.strides = 1, .padding = "same"}), {2, 6, 6, 2}},
      {BatchNormalization({.axis = 1, .momentum = 0.5, .gamma_regularizer = "l2"}), {2, 3, 4}},
      {BatchNormalization({.renorm = true, .renorm_clipping = {.rmax = 2}}), {2, 3}},
      {AdaptiveMaxPooling2D({3, 1}), {2, 6, 5, 2}},
      {AveragePooling1D(3, {.strides = 2, .padding = "same"}), {2, 6, 2}},
      {Bidirectional(GRU(3, {.return_sequences = true}), {.merge_mode = "sum"}), {2, 4, 3}},
      {Bidirectional(LSTM(3), {.backward_layer = LSTM(2, {.go_backwards = true})}), {2, 4, 3}},
      {Conv1D(4, 3,
              {.padding = "causal", .dilation_rate = 2, .activity_regularizer = "l2", .kernel_constraint = "max_norm"}),
       {2, 6, 2}},
      {Conv2D(4, 3, {.strides = {1, 2}, .activation = "relu", .use_bias = false}), {2, 6, 6, 2}},
      {Conv3DTranspose(2, {1, 2, 3}, {.strides = 2, .output_padding = 1, .activation = "tanh"}), {1, 2, 3, 2, 2}},
      {ConvLSTM1D(2, 3, {.padding = "same", .recurrent_dropout = 0.2, .return_sequences = true}), {2, 3, 5, 1}},
      {ConvLSTM2D(2, {2, 1}, {.strides = {1, 2}, .unit_forget_bias = false, .go_backwards = true}), {2, 3, 4, 4, 1}},
      {Cropping1D({0, 2}), {2, 4, 3}},
      {Dense(4, {.activation = "tanh",
                 .kernel_initializer = initializers::VarianceScaling({.scale = 2, .seed = 3}),
                 .bias_initializer = "ones",
                 .kernel_regularizer = regularizers::L1L2({.l1 = 0.1, .l2 = 0.2}),
                 .name = "head",
                 .trainable = false}),
       {2, 3}},
      {DepthwiseConv1D(2, {.padding = "same", .depthwise_regularizer = "l2"}), {2, 4, 3}},
      {DepthwiseConv2D(2, {.depth_multiplier = 2}), {2, 4, 4, 3}},
      {Dropout(0.25, {.noise_shape = Shape{-1, 1}, .seed = 3}), {2, 3}},
      {ELU({.alpha = 0.5}), {2, 3}},
      {EinsumDense("abc,cd->abd", {-1, 5}, {.activation = "relu", .bias_axes = "d"}), {2, 3, 4}},
      {Embedding(7, 3, {.embeddings_initializer = initializers::RandomUniform({.maxval = 1})}), {2, 3}},
      {Flatten(), {2, 3, 4}},
      {GRU(3, {.return_sequences = true, .reset_after = false}), {2, 4, 3}},
      {GaussianDropout(0.25, {.seed = 3}), {2, 3}},
      {GaussianNoise(0.25), {2, 3}},
      {GlobalAveragePooling2D({.keepdims = true}), {2, 4, 4, 3}},
      {GroupNormalization({.groups = 2, .axis = 1}), {2, 4, 3}},
      {GroupQueryAttention(3, 4, 2, {.use_bias = false}), {2, 4, 6}},
      {GlobalMaxPooling3D({.keepdims = true}), {1, 2, 3, 2, 2}},
      {Identity({.name = "same"}), {2, 3}},
      {LSTM(3, {.recurrent_activation = "hard_sigmoid",
                .recurrent_regularizer = "l1",
                .bias_constraint = "non_neg",
                .dropout = 0.1,
                .recurrent_dropout = 0.2,
                .seed = 5,
                .go_backwards = true,
                .unroll = true,
                .zero_output_for_mask = true}),
       {2, 4, 3}},
      {LayerNormalization({.axis = {1, 2}, .center = false}), {2, 3, 4}},
      {LeakyReLU({.negative_slope = 0.1}), {2, 3}},
      {MaxPooling2D(2, {.padding = "same"}), {2, 5, 5, 1}},
      {MultiHeadAttention(2, 3, {.value_dim = 4, .output_shape = {5, 2}, .attention_axes = 1}), {2, 4, 6}},
      {PReLU({.shared_axes = {1}}), {2, 3, 4}},
      {RMSNormalization({.axis = {1, 2}}), {2, 3, 4}},
      {MultiHeadAttention(2, 3, {.value_dim = 4, .output_shape = 5}), {2, 4, 6}},
      {Permute({3, 1, 2}), {2, 3, 4, 5}},
      {RNN({LSTMCell(3, {.use_bias = false}), SimpleRNNCell(2)}, {.return_sequences = true}), {2, 4, 3}},
      {RNN(GRUCell(3, {.reset_after = false, .dtype = float64}), {.go_backwards = true}), {2, 4, 3}},
      {ReLU({.max_value = 6, .threshold = 0.5}), {2, 3}},
      {RepeatVector(3), {2, 4}},
      {Reshape({-1, 2}), {2, 4}},
      {Softmax({.axis = {1, 2}}), {2, 3, 4}},
      {SpatialDropout1D(0.25, {.seed = 3}), {2, 3, 4}},
      {SpatialDropout2D(0.25), {2, 3, 4, 5}},
      {SpatialDropout3D(0.25), {2, 3, 4, 5, 6}},
      {SpectralNormalization(Dense(3, {.name = "inside"}), {.power_iterations = 2}), {2, 3}},
      {UnitNormalization({.axis = 1}), {2, 3, 4}},
      {SeparableConv2D(3, 2, {.depth_multiplier = 2, .pointwise_initializer = "he_normal"}), {2, 4, 4, 3}},
      {SimpleRNN(3, {.activation = "relu", .stateful = true}), {2, 4, 3}},
      {Softmax({.axis = 1}), {2, 3, 4}},
      {TimeDistributed(Sequential({Dense(3), ReLU()})), {2, 4, 3}},
      {UpSampling2D({2, 3}, {.interpolation = "bilinear"}), {1, 2, 2, 3}},
      {ZeroPadding2D({{1, 0}, {2, 1}}), {2, 3, 3, 1}},
      {Dense(2, {.dtype = float64}), {2, 3}},
      {Sequential({Dense(3), Sequential({Dense(2)}, {.name = "inner"})}, {.name = "outer"}), {2, 4}},
  };
}

}  // namespace

TEST_CASE("each layer is read back from its JSON, and computes the same with the same weights") {
  for (const auto& [layer, shape] : samples()) {
    INFO(layer.class_name());
    const Config written = layers::serialize(layer);
    CHECK(written.at("class_name").text() == layer.class_name());
    const Layer copy = layers::deserialize(parse_json(to_json(written)));
    CHECK_FALSE(copy == layer);
    CHECK(copy.get_config() == layer.get_config());
    CHECK(copy.name() == layer.name());
    CHECK(copy.trainable() == layer.trainable());
    CHECK(copy.dtype() == layer.dtype());
    const Tensor x = layer.class_name() == "Embedding" ? zeros(shape) : rand(shape);
    const Tensor expected = layer(x);
    copy.build(x.shape());
    copy.set_weights(layer.get_weights());
    CHECK(array_equal(copy(x), expected));
    // Layers in a layer say for what they are built, and a clone is not.
    const Layer clone = layers::clone(layer);
    if (!clone.built()) clone.build(x.shape());
    CHECK(clone.get_config() == layer.get_config());
  }
  CHECK(layers::clone(layers::Attention({.score_mode = "concat"}))({ones({1, 2, 3}), ones({1, 4, 3})}).shape() ==
        Shape{1, 2, 3});
  CHECK(layers::clone(Layer(layers::AdditiveAttention({.use_scale = false}))).class_name() == "AdditiveAttention");
  CHECK(layers::clone(layers::Concatenate({.axis = 1}))({ones({1, 2}), ones({1, 2})}).shape() == Shape{1, 4});
  for (const Layer& layer : {Layer(layers::Add()), Layer(layers::Subtract()), Layer(layers::Multiply()),
                             Layer(layers::Average()), Layer(layers::Maximum()), Layer(layers::Minimum())}) {
    CHECK(layers::clone(layer).class_name() == layer.class_name());
    CHECK(layers::clone(layer).get_config() == layer.get_config());
  }
}

TEST_CASE("configurations have Keras's form") {
  const layers::Dense dense(4, {.kernel_regularizer = "l2", .name = "d"});
  CHECK(layers::serialize(dense) == parse_json(R"({
    "module": "keras.layers", "class_name": "Dense", "registered_name": null, "config": {
      "name": "d", "trainable": true, "dtype": "float32", "units": 4, "activation": "linear", "use_bias": true,
      "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform", "config": {"seed": null},
                             "registered_name": null},
      "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": null},
      "kernel_regularizer": {"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.01},
                             "registered_name": null},
      "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null, "bias_constraint": null}})"));
  const Sequential model({layers::InputLayer({3}), dense}, {.name = "m"});
  const Config config = layers::serialize(model);
  CHECK(config.at("module").text() == "keras");
  CHECK(config.at("config").at("layers").list()[0].at("config").at("batch_shape") == parse_json("[null, 3]"));
  const Sequential copy = layers::clone(model);
  CHECK(copy.count_params() == model.count_params());
  // Keras says it in other words, too.
  const Layer other = layers::deserialize(parse_json(R"({"module": "keras", "class_name": "Sequential", "config": {
    "name": "s", "trainable": true, "dtype": {"module": "keras", "class_name": "DTypePolicy",
    "config": {"name": "float32"}, "registered_name": null}, "build_input_shape": [null, 3],
    "layers": [{"module": "keras.layers", "class_name": "Dense", "config": {"units": 2}, "registered_name": null}]},
    "registered_name": null})"));
  CHECK(other.count_params() == 8);
}

TEST_CASE("a frozen layer is written as it is now") {
  const layers::Dense dense(2);
  dense.set_trainable(false);
  CHECK_FALSE(layers::clone(dense).trainable());
  CHECK_FALSE(dense.get_config().at("trainable").boolean());
}

TEST_CASE("spatial dropout says nothing of whether it may be trained, as Keras's constructor takes nothing") {
  const layers::SpatialDropout1D dropping(0.5);
  CHECK_FALSE(dropping.get_config().find("trainable"));
  CHECK(layers::Dropout(0.5).get_config().find("trainable"));
  dropping.set_trainable(false);
  CHECK(layers::clone(dropping).trainable());
}

TEST_CASE("what cannot be read or written is named") {
  const auto read = [](const char* text) { layers::deserialize(parse_json(text)); };
  CHECK_THROWS_WITH(read(R"({"class_name": "Dens", "config": {}})"),
                    Contains("unknown layer class \"Dens\"; the nearest known names are \"Dense\""));
  CHECK_THROWS_WITH(read(R"({"class_name": "Dense", "config": {"units": 2, "activaton": "relu"}})"),
                    Contains("unknown option of Dense \"activaton\"; the nearest known names are \"activation\""));
  CHECK_THROWS_WITH(read(R"({"class_name": "Dense", "config": {"units": 2, "activation": {
    "module": "keras.layers", "class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}}})"),
                    Contains("expected a function, given a layer, \"LeakyReLU\"; call that layer behind this one"));
  CHECK_THROWS_WITH(read(R"({"class_name": "Dense", "config": {}})"), "Dense: units must be at least 1, given 0");
  CHECK_THROWS_WITH(read(R"({"class_name": "Dense", "config": {"units": 2, "bias_constraint": {}}})"),
                    "Dense: bias_constraint: expected a name, null, or class_name and config, given {}");
  CHECK_THROWS_WITH(read(R"({"class_name": "BatchNormalization", "config": {"synchronized": true}})"),
                    "BatchNormalization: synchronized must be false, given true");
  CHECK_THROWS_WITH(read(R"({"class_name": "Dense", "config": {"units": 2, "activation": "rellu"}})"),
                    Contains("Dense: activation: unknown activation \"rellu\""));
  CHECK_THROWS_WITH(
      read(
          R"({"class_name": "Dense", "config": {"units": 2, "kernel_initializer": {"class_name": "Zero", "config": {}}}})"),
      Contains("Dense: kernel_initializer: unknown initializer \"Zero\""));
  CHECK_THROWS_WITH(layers::Dense(2, {.activation = [](const Tensor& x) { return x; }}).get_config(),
                    Contains("an activation that is a function of one's own cannot be written"));
}

namespace {

struct ScaleOptions {
  double start = 1;
  std::string name = {};
  void fields(Fields& f) { f("start", start)("name", name); }
};

struct ScaleImpl : layers::LayerImpl {
  using Options = ScaleOptions;
  explicit ScaleImpl(ScaleOptions options = {}) : LayerImpl({.name = options.name}), given(options) {}
  void fields(Fields& f) override { given.fields(f); }
  Tensor call(const Tensor& x) { return x * given.start; }
  ScaleOptions given;
};
using Scale = Handle<ScaleImpl>;

struct PlainImpl : layers::LayerImpl {
  Tensor call(const Tensor& x) { return x; }
};
using Plain = Handle<PlainImpl>;

namespace other {
struct ScaleImpl : layers::LayerImpl {
  using Options = ScaleOptions;
  explicit ScaleImpl(ScaleOptions = {}) {}
  Tensor call(const Tensor& x) { return x; }
};
}  // namespace other

}  // namespace

TEST_CASE("a layer of one's own is registered, written, read and cloned") {
  const Scale scale({.start = 3});
  CHECK_THROWS_WITH(layers::serialize(Plain()), Contains("the class Plain does not list its options"));
  CHECK_THROWS_WITH(Plain().get_config(), Contains("the class Plain does not list its options"));
  layers::register_layer<Scale>({.package = "my"});
  layers::register_layer<Scale>({.package = "my"});
  CHECK_THROWS_WITH((layers::register_layer<Handle<other::ScaleImpl>>({.package = "my"})),
                    Contains("another class is registered as my>Scale"));
  const Sequential model{layers::Dense(2, {.input_shape = {3}}), scale};
  const Config written = layers::serialize(model);
  const Config& own = written.at("config").at("layers").list()[2];
  CHECK(own.at("module").text() == "my");
  CHECK(own.at("registered_name").text() == "my>Scale");
  CHECK(own.at("config").at("start").number() == 3);
  const Layer copy = layers::deserialize(parse_json(to_json(written)));
  copy.set_weights(model.get_weights());
  CHECK(array_equal(copy(ones({2, 3})), model(ones({2, 3}))));
  const Scale cloned = layers::clone(scale);
  CHECK(cloned->given.start == 3);
  CHECK(cloned.name() == scale.name());
  CHECK_THROWS_WITH(Scale::from_config(parse_json(R"({"strat": 2})")),
                    Contains("unknown option of Scale \"strat\"; the nearest known names are \"start\""));
}

TEST_CASE("a class of one's own that is not registered is not taken for one of the library") {
  CHECK_THROWS_WITH(layers::deserialize(parse_json(
                        R"({"class_name": "Dense", "registered_name": "mine>Dense", "config": {"units": 2}})")),
                    Contains("unknown registered layer class \"mine>Dense\""));
}

TEST_CASE("a class of one's own that is not registered is written, and read among custom objects") {
  struct DenseImpl : layers::LayerImpl {
    using Options = ScaleOptions;
    explicit DenseImpl(ScaleOptions given = {}) : options(std::move(given)) {}
    Tensor call(const Tensor& x) { return x * options.start; }
    void fields(Fields& f) override { options.fields(f); }
    ScaleOptions options;
  };
  using Own = Handle<DenseImpl>;
  const Symbol x = Input({3});
  const Model model(x, Own(ScaleOptions{.start = 3})(x));
  const std::string text = model.to_json();
  const Config own = parse_json(text).at("config").at("layers").list()[1];
  CHECK(own.at("module").is_null());
  CHECK(own.at("registered_name") == Config("Dense"));
  // The library's has that name too.
  CHECK_THROWS_WITH(layers::deserialize(parse_json(text)),
                    Contains("the class Dense is one's own: call register_layer"));
  const layers::CustomObjectScope scope({layers::custom_object<Own>()});
  CHECK(array_equal(layers::deserialize(parse_json(text))(ones({2, 3})), model(ones({2, 3}))));
}
