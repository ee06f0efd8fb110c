#include <limits>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "layers/tensor_config.hpp"

// What a symbol says, and what a model computes, is settled when the symbol is made: neither later calls nor the data
// change it. Constants are kept as they are.

using namespace xtape;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// Whether bits agree, NaN where NaN is.
bool same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (is_floating(a.dtype()) ? allclose(a, b, 0, 0, true) : array_equal(a, b));
}

// The model of y, what is read from its text and its clone compute `expected`.
void check(const Symbol& x, const Symbol& y, const Tensor& data, const Tensor& expected) {
  const Model model(x, y, {.name = "m"});
  INFO(model.to_json());
  CHECK(same(model(data), expected));
  CHECK(y.dtype() == expected.dtype());
  CHECK(y.rank() == expected.rank());
  const Model copy = models::model_from_json(model.to_json());
  CHECK(same(copy(data), expected));
  CHECK(copy.to_json() == model.to_json());
  CHECK(same(models::clone_model(model)(data), expected));
}

}  // namespace

TEST_CASE("A symbol keeps its type when the layer is called again") {
  const layers::Operation doubled({.op = "multiply", .constant = 2}), sum({.op = "sum", .axis = -1});
  const Symbol whole = Input({3}, {.dtype = int32}), real = Input({3}), wide = Input({3}, {.dtype = float64});
  const Symbol first = doubled(whole), second = doubled(real), third = doubled(wide);
  CHECK(first.dtype() == int32);
  CHECK(second.dtype() == float32);
  CHECK(third.dtype() == float64);
  const DType counted = xtape::sum(ones({1, 3}).astype(bool_), -1).dtype();
  const Symbol count = sum(whole > 1);
  CHECK(sum(real).dtype() == float32);
  CHECK(count.dtype() == counted);
  // Models of them too, and models that are written and read.
  const Model model({whole, real}, {first + 1, second}, {.name = "m"});
  const Config config = layers::serialize(model);
  CHECK(models::model_from_json(model.to_json()).outputs()[0].dtype() == int32);
  const auto results = model.call_all({ones({2, 3}).astype(int32), ones({2, 3})});
  CHECK(results[0].dtype() == int32);
  CHECK(results[1].dtype() == float32);
}

TEST_CASE("Outputs of a model on symbols have their own types") {
  const Symbol x = Input({3});
  const Model inner(x, {x * 2, x > 0, cast(x, int32)}, {.name = "inner"});
  const Symbol y = Input({3});
  const std::vector<Symbol> outputs = inner.call_all({y});
  CHECK(outputs[0].dtype() == float32);
  CHECK(outputs[1].dtype() == bool_);
  CHECK(outputs[2].dtype() == int32);
  CHECK((outputs[2] + 1).dtype() == int32);
  const Model behind({outputs[2]}, outputs[2] * 3);
  CHECK(behind.inputs()[0].dtype() == int32);
  const Sequential chain{layers::Dense(2, {.dtype = float64})};
  CHECK(chain(y).dtype() == float64);
  const Sequential above{layers::InputLayer({3}), layers::Operation({.op = "greater", .constant = 0})};
  CHECK(above(y).dtype() == bool_);
  CHECK(above(ones({1, 3})).dtype() == bool_);
}

TEST_CASE("squeeze of a symbol takes what is known to be of length 1, not a batch of one") {
  const Symbol x = Input({-1, 1, 3, 1}, {.name = "x"});
  const Symbol y = squeeze(x, {});
  CHECK(y.shape() == Shape{-1, -1, 3});
  for (const Shape& shape : {Shape{1, 1, 1, 3, 1}, Shape{2, 1, 1, 3, 1}, Shape{1, 4, 1, 3, 1}}) {
    const Tensor data = rand(shape);
    check(x, squeeze(x, {}), data, data.reshape({shape[0], shape[1], 3}));
  }
  const Symbol none = Input({4}, {.name = "x"});
  const Tensor one = rand({1, 4});
  check(none, squeeze(none, {}), one, one);
  // The first axis goes where it is known.
  const Symbol stack = Input({1, 3}, {.name = "x"});
  const Tensor data = rand({1, 1, 3});
  check(stack, squeeze(stack[0], {}), data, data.reshape({3}));
  check(stack, squeeze(sum(stack, {0, 1}, true), {}), data, data.reshape({3}));
}

TEST_CASE("squeeze without axes trains on batches of one") {
  const Symbol x = Input({1, 3});
  const Model model(x, layers::Dense(2)(squeeze(x, {})));
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(rand({5, 1, 3}), rand({5, 2}), {.batch_size = 2, .verbose = 0});
  CHECK(model.predict(rand({1, 1, 3}), {.verbose = 0}).shape() == Shape{1, 2});
}

TEST_CASE("A squeeze layer without axes settles them at its first symbol") {
  const layers::Operation squeezed({.op = "squeeze"});
  CHECK(squeezed(ones({1, 1, 3})).shape() == Shape{1, 3});
  CHECK(Symbol(squeezed(Input({1, 3}))).shape() == Shape{-1, 3});
  CHECK(Symbol(squeezed(Input({1, 1}))).shape() == Shape{-1, 1});
  CHECK(squeezed(ones({1, 1, 1})).shape() == Shape{1, 1});
  CHECK_THROWS_WITH(squeezed(Input({3, 1})), Contains("squeeze: axis 1 of shape [-1, 3, 1] is not of length 1"));
  const Sequential model{layers::Operation({.op = "squeeze"}), layers::Dense(2)};
  CHECK(model(ones({1, 1, 3})).shape() == Shape{1, 2});
}

TEST_CASE("Infinities and NaN are kept by configurations of models") {
  const Symbol x = Input({3}, {.name = "x"});
  const Tensor data = tensor({{-1.0, 0.0, 2.0}}).astype(float32),
               row = tensor({infinity, not_a_number, -infinity}).astype(float32);
  check(x, where(x > 0, x, -infinity), data, tensor({{-infinity, -infinity, 2.0}}).astype(float32));
  check(x, x * not_a_number, data, full({1, 3}, not_a_number));
  check(x, x + row, data, row.reshape({1, 3}));
  check(x, minimum(infinity, x), data, data);
  const Model model(x, where(x > 0, row, x), {.name = "m"});
  CHECK(model.to_json().find("[Infinity,NaN,-Infinity]") != std::string::npos);
  CHECK(model.get_config() == models::clone_model(model).get_config());
  const layers::ReLU relu({.max_value = infinity});
  CHECK(parse_json(to_json(relu.get_config())).at("max_value").number() == infinity);
}

TEST_CASE("Constants keep their shapes and types") {
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{1, 1}, Shape{0}, Shape{0, 3}, Shape{3, 0}, Shape{0, 0},
                             Shape{2, 0, 3}, Shape{0, 2, 1}, Shape{2, 2, 1}}) {
    for (const DType dtype : {float32, float64, int32, int64, uint8, bool_}) {
      INFO(shape << ' ' << name(dtype));
      const Tensor constant = ones(shape, dtype);
      const std::string text = to_json(layers::tensor_to_config(constant));
      CHECK(same(layers::tensor_from_config(parse_json(text)), constant));
    }
  }
  const Symbol row = Input({3}, {.name = "x"});
  const Tensor three = ones({2, 3}), empty = zeros({0, 1, 3});
  check(row, row + empty, three, three + empty);
  const Symbol whole = Input({1}, {.dtype = int64, .name = "x"});
  const Tensor large = full({2}, int64_t{9007199254740993}, int64), zero = zeros({1, 1}, int64);
  check(whole, whole + large, zero, zero + large);
  const Tensor truths = tensor({{true, false}});
  check(whole, logical_or(whole > 5, truths), zero, logical_or(zero > 5, truths));
  const Symbol wide = Input({1}, {.dtype = float64, .name = "x"});
  const Tensor third = full({1}, 1.0 / 3, float64), base = zeros({1, 1}, float64);
  check(wide, wide + third, base, base + third);
}

TEST_CASE("Tensors in configurations are as Keras writes them") {
  const Symbol x = Input({2}, {.dtype = bool_, .name = "x"});
  const auto constant_of = [&](const Tensor& constant) {
    const Model model(x, logical_and(x, constant));
    return layers::serialize(model)
        .at("config")
        .at("layers")
        .list()
        .back()
        .at("inbound_nodes")
        .list()[0]
        .at("args")
        .list()[1];
  };
  CHECK(constant_of(tensor({true, false})) ==
        parse_json(R"({"class_name": "__tensor__", "config": {"value": [true, false], "dtype": "bool"}})"));
  // An empty list does not say what is behind it.
  CHECK(constant_of(zeros({2, 0, 2}).astype(bool_)) ==
        parse_json(
            R"({"class_name": "__tensor__", "config": {"value": [[], []], "dtype": "bool", "shape": [2, 0, 2]}})"));
  const auto read = [](const char* constant) {
    return layers::Operation({.op = "add", .constant = parse_json(constant)});
  };
  CHECK(read(R"({"class_name": "__numpy__", "config": {"value": [1, 2], "dtype": "int32"}})")(zeros({2}, int32))
            .to_vector<int>() == std::vector<int>{1, 2});
  CHECK_THROWS_WITH(read(R"({"class_name": "__tensor__", "config": {"value": [1], "dtype": "int32", "shape": [2]}})"),
                    Contains("lists must be of equal lengths"));
  CHECK_THROWS_WITH(
      read(R"({"class_name": "__tensor__", "config": {"value": [], "dtype": "int32", "shape": [0, -1]}})"),
      Contains("must not be negative, given [0, -1]"));
  CHECK_THROWS_WITH(read(R"({"class_name": "__tensor__", "config": {"value": [Infinity], "dtype": "int32"}})"),
                    Contains("expected an integer, given Infinity"));
}

TEST_CASE("Symbols behind layers have the type that a call gives, whatever the type of the inputs") {
  using namespace layers;
  const auto same_as_run = [](const Layer& layer, const Shape& shape) {
    const Shape sample(shape.begin() + 1, shape.end());
    for (const DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
      INFO(layer.class_name() << " of " << dtype);
      const Tensor data = randint(0, 5, shape).astype(dtype);
      CHECK(layer(Input(sample, {.dtype = dtype})).dtype() == layer(data).dtype());
    }
  };
  const std::vector<Layer> of_rows = {Dense(3),
                                      Activation("relu"),
                                      Activation("softmax"),
                                      Activation("linear"),
                                      ReLU(),
                                      ReLU({.max_value = 6}),
                                      LeakyReLU(),
                                      ELU(),
                                      PReLU(),
                                      Softmax(),
                                      Dropout(0.1),
                                      GaussianNoise(0.1),
                                      AlphaDropout(0.1),
                                      GaussianDropout(0.1),
                                      BatchNormalization(),
                                      LayerNormalization(),
                                      RMSNormalization(),
                                      UnitNormalization(),
                                      ActivityRegularization({.l1 = 1}),
                                      EinsumDense("ab,bc->ac", {3}),
                                      Flatten(),
                                      Identity(),
                                      Masking(),
                                      RepeatVector(2),
                                      Embedding(5, 3)};
  for (const Layer& layer : of_rows) same_as_run(layer, {2, 6});
  const std::vector<Layer> of_sequences = {Conv1D(2, 2),
                                           MaxPooling1D(2),
                                           AveragePooling1D(2),
                                           GlobalMaxPooling1D(),
                                           GlobalAveragePooling1D(),
                                           SpatialDropout1D(0.1),
                                           SimpleRNN(2),
                                           LSTM(2),
                                           GRU(2),
                                           Bidirectional(LSTM(2)),
                                           TimeDistributed(Dense(2)),
                                           TimeDistributed(Activation("relu")),
                                           TimeDistributed(Flatten()),
                                           TimeDistributed(models::Sequential({Flatten(), RepeatVector(2)})),
                                           UpSampling1D(2),
                                           ZeroPadding1D(),
                                           Cropping1D(1),
                                           Permute({2, 1}),
                                           Reshape({3, 4}),
                                           SpectralNormalization(Dense(2))};
  for (const Layer& layer : of_sequences) same_as_run(layer, {2, 4, 3});
  const std::vector<Layer> of_images = {Conv2D(2, 3),
                                        MaxPooling2D(2),
                                        AveragePooling2D(2),
                                        GlobalMaxPooling2D(),
                                        GlobalAveragePooling2D(),
                                        AdaptiveMaxPooling2D(2),
                                        AdaptiveAveragePooling2D(2),
                                        Conv2DTranspose(2, 3),
                                        DepthwiseConv2D(3),
                                        SeparableConv2D(2, 3),
                                        GroupNormalization({.groups = 3})};
  for (const Layer& layer : of_images) same_as_run(layer, {2, 4, 4, 3});
  for (const Layer& layer : std::vector<Layer>{Conv3D(2, 2), MaxPooling3D(2), AveragePooling3D(2), UpSampling3D(2)}) {
    same_as_run(layer, {2, 4, 4, 4, 3});
  }
}

TEST_CASE("Merges of whole numbers and floats give floats of the layer's type, as symbols say") {
  using namespace layers;
  const Tensor numbers = arange(24).reshape({2, 4, 3});
  for (const Layer& layer : std::vector<Layer>{Add(), Multiply(), Average(), Maximum(), Minimum(), Concatenate(),
                                               Dot(1), Attention(), AdditiveAttention(), MultiHeadAttention(1, 2)}) {
    for (const DType first : {bool_, int32, int64, float32, float64}) {
      for (const DType second : {bool_, int32, float32, float64}) {
        INFO(layer.class_name() << " of " << first << " and " << second);
        const Tensor y = layer({numbers.astype(first), numbers.astype(second)});
        const Symbol symbol = layer({Input({4, 3}, {.dtype = first}), Input({4, 3}, {.dtype = second})});
        CHECK(symbol.dtype() == y.dtype());
        if (is_floating(first) || is_floating(second)) CHECK(y.dtype() == float32);
      }
    }
  }
  CHECK(array_equal(Add()({tensor({{1, 2}}).astype(int32), tensor({{0.5, 0.25}})}), tensor({{1.5, 2.25}})));
  CHECK(array_equal(Concatenate()({tensor({{true}}), tensor({{0.5}})}), tensor({{1.0, 0.5}})));
  CHECK(Add()({numbers, numbers.astype(int32)}).dtype() == int64);
  // A mask goes along with what is converted.
  CHECK(has_mask(Add()({Masking()(numbers), Masking()(numbers.astype(float32))})));
}

TEST_CASE("Layers that compute take whole numbers as Keras's do") {
  using namespace layers;
  const Tensor x = tensor({{-3, 0, 4, 1}}).astype(int32);
  CHECK(array_equal(ReLU({.max_value = 2})(x), tensor({{0.0, 0.0, 2.0, 1.0}})));
  CHECK(array_equal(PReLU({.alpha_initializer = "ones"})(tensor({{true, false}})), tensor({{1.0, 0.0}})));
  CHECK(array_equal(MaxPooling1D(2)(x.reshape({1, 4, 1})), tensor({0.0, 4.0}).reshape({1, 2, 1})));
  CHECK(array_equal(Dropout(0.5)(x), x.astype(float32)));
  CHECK(allclose(Softmax()(x), softmax(x.astype(float32))));
  CHECK(Softmax({.dtype = float64})(x).dtype() == float64);
  // Of float64 not every whole number is one of float32, also where a layer makes masks.
  const Tensor large = tensor({{16777217.0, 0.0}}, float64);
  CHECK_THROWS_WITH(Embedding(16777217, 1, {.mask_zero = true})(large), Contains("16777217"));
}
