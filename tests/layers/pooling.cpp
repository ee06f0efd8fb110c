#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::Layer;

namespace {

void check_shape(const Layer& layer, Shape input, Shape expected) {
  INFO(layer.class_name());
  CHECK(layer(randn(input)).shape() == expected);
  CHECK(layer.compute_output_shape(input) == expected);
  input[0] = expected[0] = -1;
  CHECK(layer.compute_output_shape(input) == expected);
}

}  // namespace

TEST_CASE("pooling layers are named as in Keras and know their output shapes") {
  utils::clear_session();
  CHECK(layers::MaxPooling1D().name() == "max_pooling1d");
  CHECK(layers::AveragePooling3D().class_name() == "AveragePooling3D");
  CHECK(layers::GlobalMaxPooling2D().name() == "global_max_pooling2d");
  CHECK(layers::GlobalAveragePooling1D().class_name() == "GlobalAveragePooling1D");
  CHECK(layers::AdaptiveAveragePooling2D(2).name() == "adaptive_average_pooling2d");
  CHECK(layers::AdaptiveMaxPooling3D(1).class_name() == "AdaptiveMaxPooling3D");

  check_shape(layers::MaxPooling1D(), {2, 7, 3}, {2, 3, 3});
  check_shape(layers::MaxPooling2D(), {2, 9, 8, 3}, {2, 4, 4, 3});
  check_shape(layers::MaxPooling2D({3, 2}, {.strides = 1, .padding = "same"}), {2, 9, 8, 3}, {2, 9, 8, 3});
  check_shape(layers::AveragePooling2D(2, {.padding = "same"}), {2, 9, 8, 3}, {2, 5, 4, 3});
  check_shape(layers::MaxPooling3D({1, 2, 3}), {2, 4, 5, 6, 3}, {2, 4, 2, 2, 3});
  check_shape(layers::AveragePooling1D(3, {.strides = 2, .padding = "same"}), {2, 7, 3}, {2, 4, 3});
  check_shape(layers::AveragePooling3D(2, {.strides = 1}), {2, 3, 3, 3, 1}, {2, 2, 2, 2, 1});
  check_shape(layers::GlobalMaxPooling1D(), {2, 7, 3}, {2, 3});
  check_shape(layers::GlobalMaxPooling3D({.keepdims = true}), {2, 3, 4, 5, 6}, {2, 1, 1, 1, 6});
  check_shape(layers::GlobalAveragePooling2D({.keepdims = true}), {2, 3, 4, 6}, {2, 1, 1, 6});
  check_shape(layers::GlobalAveragePooling3D(), {2, 3, 4, 5, 6}, {2, 6});
  check_shape(layers::AdaptiveMaxPooling1D(3), {2, 7, 3}, {2, 3, 3});
  check_shape(layers::AdaptiveAveragePooling2D({3, 1}), {2, 7, 5, 3}, {2, 3, 1, 3});
  check_shape(layers::AdaptiveAveragePooling3D(2), {2, 4, 3, 2, 1}, {2, 2, 2, 2, 1});
  CHECK(layers::MaxPooling1D().compute_output_shape({-1, -1, -1}) == Shape{-1, -1, -1});
  CHECK(layers::AdaptiveMaxPooling1D(2).compute_output_shape({-1, -1, 4}) == Shape{-1, 2, 4});
}

TEST_CASE("pooling layers of all kinds compute what NumPy would") {
  const Tensor x = tensor({{{1.0}, {5.0}, {-2.0}, {4.0}, {7.0}}}).astype(float32);
  const auto values = [](const Tensor& y) { return y.to_vector<double>(); };
  using Values = std::vector<double>;
  CHECK(values(layers::MaxPooling1D()(x)) == Values{5, 4});
  CHECK(values(layers::MaxPooling1D(3, {.strides = 2, .padding = "same"})(x)) == Values{5, 5, 7});
  CHECK(values(layers::AveragePooling1D()(x)) == Values{3, 1});
  // Cells of the padding do not count.
  CHECK(values(layers::AveragePooling1D(2, {.padding = "same"})(x)) == Values{3, 1, 7});
  CHECK(values(layers::GlobalMaxPooling1D()(x)) == Values{7});
  CHECK(values(layers::GlobalAveragePooling1D()(x)) == Values{3});
  CHECK(values(layers::AdaptiveMaxPooling1D(2)(x)) == Values{5, 7});
  CHECK(values(layers::AdaptiveAveragePooling1D(5)(x)) == values(x));

  const Tensor volume = randn({2, 3, 4, 5, 2});
  CHECK(allclose(layers::GlobalMaxPooling3D()(volume), max(volume, {1, 2, 3})));
  CHECK(allclose(layers::GlobalAveragePooling3D({.keepdims = true})(volume), mean(volume, {1, 2, 3}, true)));
  CHECK(allclose(layers::AveragePooling3D({3, 4, 5})(volume), mean(volume, {1, 2, 3}, true)));
  CHECK(allclose(layers::AdaptiveMaxPooling3D(1)(volume), max(volume, {1, 2, 3}, true)));
}

TEST_CASE("GlobalAveragePooling1D leaves out what a mask excludes, whatever it holds") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({{{1.0, 2.0}, {3.0, 6.0}, {nan, nan}}, {{5.0, 1.0}, {7.0, 7.0}, {9.0, 9.0}}}).astype(float32);
  const Tensor masked = with_mask(x, tensor({{true, true, false}, {true, false, false}}));
  const Tensor y = layers::GlobalAveragePooling1D()(masked);
  CHECK(array_equal(y, tensor({{2.0, 4.0}, {5.0, 1.0}}).astype(float32)));
  CHECK_FALSE(has_mask(y));
  CHECK(layers::GlobalAveragePooling1D({.keepdims = true})(masked).shape() == Shape{2, 1, 2});
  // As Keras's: of no step at all there is no mean.
  CHECK(std::isnan(layers::GlobalAveragePooling1D()(with_mask(x, x.select(-1, 0) > 100)).sum().item()));
  // The others end a mask.
  CHECK_FALSE(has_mask(layers::GlobalMaxPooling1D()(masked)));
  CHECK_FALSE(has_mask(layers::MaxPooling1D()(masked)));
}

TEST_CASE("errors of pooling layers show the shapes of the call") {
  utils::clear_session();
  const layers::MaxPooling2D pool;
  const char* rank = "max_pooling2d: expected rank 4 (batch, height, width, channels), got [32, 784]";
  CHECK_THROWS_MATCHES(pool(ones({32, 784})), ShapeError, Message(rank));
  CHECK_THROWS_MATCHES(pool(ones({2, 1, 4, 1})), ShapeError,
                       Message("max_pooling2d: a window (2, 2) does not fit into inputs [2, 1, 4, 1]; use padding "
                               "\"same\" or fewer layers that shrink the image"));
  pool(ones({2, 4, 4, 1}));
  CHECK_THROWS_MATCHES(pool(ones({32, 784})), ShapeError, Message(rank));
  CHECK_THROWS_WITH(pool(ones({2, 1, 4, 1})), Contains("max_pooling2d: ") && Contains("[2, 1, 4, 1]"));
  CHECK_THROWS_MATCHES(layers::GlobalAveragePooling1D({.name = "g"})(ones({3, 4})), ShapeError,
                       Message("g: expected rank 3 (batch, length, channels), got [3, 4]"));
  CHECK_THROWS_MATCHES(layers::AdaptiveMaxPooling3D(2, {.name = "a"})(ones({3, 4, 4, 1})), ShapeError,
                       Message("a: expected rank 5 (batch, depth, height, width, channels), got [3, 4, 4, 1]"));
  CHECK_THROWS_MATCHES(layers::AdaptiveMaxPooling3D({2, 0, 1}), ValueError,
                       Message("AdaptiveMaxPooling3D: output_size must be at least 1, given (2, 0, 1)"));
  CHECK_THROWS_MATCHES(layers::AveragePooling1D(2, {.strides = 0}), ValueError,
                       Message("AveragePooling1D: strides must be at least 1, given 0"));
  CHECK_THROWS_MATCHES(layers::MaxPooling3D(2, {.padding = "causal"}), ValueError,
                       Message("MaxPooling3D: padding must be \"valid\" or \"same\", given \"causal\""));
}

TEST_CASE("pooling layers are written and read in Keras's form") {
  const layers::MaxPooling1D pool(3, {.strides = 2, .padding = "same", .name = "p"});
  CHECK(pool.get_config() == parse_json(R"({"name": "p", "trainable": true, "dtype": "float32", "pool_size": [3],
                                            "padding": "same", "strides": [2]})"));
  CHECK(layers::clone(pool).get_config() == pool.get_config());
  CHECK(layers::clone(Layer(layers::AdaptiveAveragePooling2D({3, 1}))).get_config().at("output_size") ==
        parse_json("[3, 1]"));
  CHECK(layers::clone(Layer(layers::GlobalMaxPooling3D({.keepdims = true}))).get_config().at("keepdims").boolean());
  CHECK_THROWS_WITH(layers::GlobalMaxPooling1D::from_config(parse_json(R"({"data_format": "channels_first"})")),
                    "GlobalMaxPooling1D: data_format must be \"channels_last\", given \"channels_first\"");
}
