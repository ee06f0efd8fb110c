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

TEST_CASE("Flatten and Reshape keep the batch") {
  const Tensor x = randn({2, 3, 4});
  CHECK(layers::Flatten()(x).shape() == Shape{2, 12});
  CHECK(layers::Flatten()(ones({5})).shape() == Shape{5, 1});
  CHECK(layers::Flatten().compute_output_shape({-1, 3, -1}) == Shape{-1, -1});
  CHECK(layers::Reshape({6, -1})(x).shape() == Shape{2, 6, 2});
  CHECK(layers::Reshape({4, -1}).compute_output_shape({-1, 6, 2}) == Shape{-1, 4, 3});
  CHECK(layers::Reshape({4, -1}).compute_output_shape({-1, -1, 2}) == Shape{-1, 4, -1});
  CHECK(layers::Reshape({})(ones({5, 1})).shape() == Shape{5});
  layers::Reshape wrong({5}, {.name = "r"});
  CHECK_THROWS_MATCHES(wrong(x), ShapeError, Message("r: cannot reshape samples of 12 elements [2, 3, 4] to [5]"));
  CHECK_THROWS_AS(layers::Reshape({-1, -1}), ValueError);
  // Neither has steps to pass a mask on for, as in Keras.
  const Tensor masked = with_mask(x, ones({2, 3}).astype(bool_));
  CHECK_FALSE(has_mask(layers::Flatten()(masked)));
  CHECK_FALSE(has_mask(layers::Reshape({3, 4})(masked)));
}

TEST_CASE("padding, cropping and enlarging layers know their output shapes") {
  utils::clear_session();
  CHECK(layers::ZeroPadding3D().name() == "zero_padding3d");
  CHECK(layers::Cropping1D().class_name() == "Cropping1D");
  CHECK(layers::UpSampling2D().name() == "up_sampling2d");
  check_shape(layers::ZeroPadding1D(), {2, 3, 4}, {2, 5, 4});
  check_shape(layers::ZeroPadding1D({2, 0}), {2, 3, 4}, {2, 5, 4});
  check_shape(layers::ZeroPadding2D({1, 2}), {2, 3, 4, 5}, {2, 5, 8, 5});
  check_shape(layers::ZeroPadding3D({{1, 0}, {0, 2}, {3, 3}}), {1, 2, 3, 4, 5}, {1, 3, 5, 10, 5});
  check_shape(layers::Cropping1D(), {2, 3, 4}, {2, 1, 4});
  check_shape(layers::Cropping1D({0, 2}), {2, 3, 4}, {2, 1, 4});
  // By default nothing, unlike the other two.
  check_shape(layers::Cropping2D(), {2, 3, 4, 5}, {2, 3, 4, 5});
  check_shape(layers::Cropping2D({{1, 0}, {0, 2}}), {2, 3, 4, 5}, {2, 2, 2, 5});
  check_shape(layers::Cropping3D({1, 0, 1}), {1, 3, 3, 4, 5}, {1, 1, 3, 2, 5});
  check_shape(layers::UpSampling1D(3), {2, 3, 4}, {2, 9, 4});
  check_shape(layers::UpSampling2D({2, 3}), {2, 3, 4, 5}, {2, 6, 12, 5});
  check_shape(layers::UpSampling3D(), {1, 2, 3, 4, 5}, {1, 4, 6, 8, 5});
  CHECK(layers::Cropping2D(3).compute_output_shape({-1, -1, 9, -1}) == Shape{-1, -1, 3, -1});
  CHECK(layers::UpSampling3D(2).compute_output_shape({-1, -1, 1, 1, 1}) == Shape{-1, -1, 2, 2, 1});
}

TEST_CASE("cropping takes off what padding puts on") {
  const auto check = [](const Layer& padding, const Layer& cropping, const Shape& shape) {
    INFO(padding.class_name());
    const Tensor x = randn(shape), padded = padding(x);
    CHECK(array_equal(cropping(padded), x));
    CHECK(padded.sum().item() == Approx(x.sum().item()).margin(1e-4));
    CHECK(abs(padded).sum().item() == Approx(abs(x).sum().item()));
  };
  check(layers::ZeroPadding1D({2, 1}), layers::Cropping1D({2, 1}), {2, 3, 4});
  check(layers::ZeroPadding2D({{1, 0}, {2, 1}}), layers::Cropping2D({{1, 0}, {2, 1}}), {2, 3, 4, 5});
  check(layers::ZeroPadding3D({0, 1, 2}), layers::Cropping3D({0, 1, 2}), {1, 2, 3, 4, 2});
}

TEST_CASE("UpSampling repeats cells or interpolates between them") {
  const Tensor x = tensor({{{{1.0}, {3.0}}}}).astype(float32);
  const auto values = [](const Tensor& y) { return y.to_vector<double>(); };
  using Values = std::vector<double>;
  CHECK(values(layers::UpSampling2D({1, 2})(x)) == Values{1, 1, 3, 3});
  // Pixels stand for their centers: those of the result lie at 1/4 and 3/4 of each.
  CHECK(values(layers::UpSampling2D({1, 2}, {.interpolation = "bilinear"})(x)) == Values{1, 1.5, 2.5, 3});
  CHECK(values(layers::UpSampling1D(2)(x.reshape({1, 2, 1}))) == Values{1, 1, 3, 3});
  CHECK(values(layers::UpSampling3D({2, 1, 1})(x.reshape({1, 1, 1, 2, 1}))) == Values{1, 3, 1, 3});
  CHECK_THROWS_WITH(layers::UpSampling2D(2, {.interpolation = "cubic", .name = "u"})(x),
                    Contains("u: upsample: unknown interpolation 'cubic'; known are nearest, bilinear"));
}

TEST_CASE("Permute and RepeatVector") {
  const Tensor x = randn({2, 3, 4});
  CHECK(array_equal(layers::Permute({2, 1})(x), x.permute({0, 2, 1})));
  check_shape(layers::Permute({3, 1, 2}), {2, 3, 4, 5}, {2, 5, 3, 4});
  CHECK(layers::Permute({2, 1}).compute_output_shape({-1, -1, 4}) == Shape{-1, 4, -1});
  CHECK_THROWS_MATCHES(layers::Permute({2, 1}, {.name = "p"})(ones({2, 3})), ShapeError,
                       Message("p: expected rank 3 (batch and dims [2, 1]), got [2, 3]"));
  for (const std::vector<int>& dims : {std::vector<int>{0, 1}, {1, 1}, {1, 3}, {-1, 1}}) {
    CHECK_THROWS_WITH(layers::Permute(dims), Contains("Permute: dims must be the numbers from 1 to 2 in some order"));
  }

  const Tensor rows = tensor({{1.0, 2.0}, {3.0, 4.0}}).astype(float32);
  CHECK(array_equal(layers::RepeatVector(3)(rows), stack({rows, rows, rows}, 1)));
  CHECK(layers::RepeatVector(3).compute_output_shape({-1, 4}) == Shape{-1, 3, 4});
  CHECK_THROWS_MATCHES(layers::RepeatVector(3, {.name = "r"})(x), ShapeError,
                       Message("r: expected rank 2 (batch, features), got [2, 3, 4]"));
  CHECK_THROWS_MATCHES(layers::RepeatVector(0), ValueError, Message("RepeatVector: n must be at least 1, given 0"));
}

TEST_CASE("errors of padding and cropping layers show the shapes of the call") {
  CHECK_THROWS_MATCHES(layers::ZeroPadding2D(1, {.name = "z"})(ones({32, 784})), ShapeError,
                       Message("z: expected rank 4 (batch, height, width, channels), got [32, 784]"));
  CHECK_THROWS_MATCHES(layers::UpSampling1D(2, {.name = "u"})(ones({2, 3, 4, 5})), ShapeError,
                       Message("u: expected rank 3 (batch, length, channels), got [2, 3, 4, 5]"));
  const layers::Cropping2D crop({{1, 2}, {0, 0}}, {.name = "c"});
  CHECK_THROWS_MATCHES(crop(ones({2, 3, 4, 1})), ShapeError,
                       Message("c: a cropping of ((1, 2), (0, 0)) leaves nothing of inputs [2, 3, 4, 1]"));
  crop(ones({2, 4, 4, 1}));
  CHECK_THROWS_MATCHES(crop(ones({2, 3, 4, 1})), ShapeError,
                       Message("c: a cropping of ((1, 2), (0, 0)) leaves nothing of inputs [2, 3, 4, 1]"));
  CHECK_THROWS_MATCHES(layers::Cropping1D({3, -1}), ValueError,
                       Message("Cropping1D: cropping must be at least 0, given (3, -1)"));
  CHECK_THROWS_MATCHES(layers::ZeroPadding3D({{0, 0}, {-1, 0}, {0, 0}}), ValueError,
                       Message("ZeroPadding3D: padding must be at least 0, given ((0, 0), (-1, 0), (0, 0))"));
  CHECK_THROWS_MATCHES(layers::UpSampling2D({2, 0}), ValueError,
                       Message("UpSampling2D: size must be at least 1, given (2, 0)"));
  const int64_t huge = std::numeric_limits<int64_t>::max();
  CHECK_THROWS_AS(layers::Cropping1D({huge, huge}).compute_output_shape({1, 5, 1}), ShapeError);
  CHECK_THROWS_AS(layers::ZeroPadding1D({huge, huge}).compute_output_shape({1, 5, 1}), ShapeError);
  CHECK_THROWS_AS(layers::UpSampling1D(huge).compute_output_shape({1, 5, 1}), ShapeError);
}

TEST_CASE("reshaping layers are written in Keras's form, and read in all of its forms") {
  const auto option = [](const Layer& layer, const char* name) {
    CHECK(layers::clone(layer).get_config() == layer.get_config());
    return layer.get_config().at(name);
  };
  CHECK(option(layers::ZeroPadding1D({2, 1}), "padding") == parse_json("[2, 1]"));
  CHECK(option(layers::ZeroPadding3D({0, 1, 2}), "padding") == parse_json("[[0, 0], [1, 1], [2, 2]]"));
  CHECK(option(layers::Cropping2D({{1, 0}, {0, 2}}), "cropping") == parse_json("[[1, 0], [0, 2]]"));
  CHECK(option(layers::UpSampling1D(3), "size") == parse_json("3"));
  CHECK(option(layers::UpSampling2D(3, {.interpolation = "bilinear"}), "size") == parse_json("[3, 3]"));
  CHECK(option(layers::UpSampling2D(3, {.interpolation = "bilinear"}), "interpolation").text() == "bilinear");
  CHECK(option(layers::Permute({2, 1}), "dims") == parse_json("[2, 1]"));
  CHECK(option(layers::RepeatVector(4), "n") == parse_json("4"));

  const auto cropping = [](const char* text) {
    return layers::Cropping3D::from_config(parse_json(text)).get_config().at("cropping");
  };
  const Config written = parse_json("[[1, 1], [0, 0], [2, 2]]");
  CHECK(cropping(R"({"cropping": [1, 0, 2]})") == written);
  CHECK(cropping(R"({"cropping": [[1, 1], [0, 0], [2, 2]]})") == written);
  CHECK(cropping(R"({"cropping": 2})") == parse_json("[[2, 2], [2, 2], [2, 2]]"));
  CHECK(cropping("{}") == parse_json("[[1, 1], [1, 1], [1, 1]]"));
  CHECK_THROWS_WITH(cropping(R"({"cropping": [1, 2]})"), "Cropping3D: cropping: expected 3 integers, given [1,2]");
  CHECK_THROWS_WITH(cropping(R"({"cropping": [[1, 2]]})"), "Cropping3D: cropping: expected 3 pairs, given [[1,2]]");
  CHECK_THROWS_WITH(layers::ZeroPadding1D::from_config(parse_json(R"({"padding": [1, 2, 3]})")),
                    "ZeroPadding1D: padding: expected 2 integers, given [1,2,3]");
}
