#include <concepts>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Keras's other names of layers, and merging layers as functions.

using namespace xtape;

TEST_CASE("Layers have Keras's other names") {
  using namespace layers;
  CHECK(std::same_as<Convolution1D, Conv1D>);
  CHECK(std::same_as<Convolution2D, Conv2D>);
  CHECK(std::same_as<Convolution3D, Conv3D>);
  CHECK(std::same_as<Convolution1DTranspose, Conv1DTranspose>);
  CHECK(std::same_as<Convolution2DTranspose, Conv2DTranspose>);
  CHECK(std::same_as<Convolution3DTranspose, Conv3DTranspose>);
  CHECK(std::same_as<SeparableConvolution1D, SeparableConv1D>);
  CHECK(std::same_as<SeparableConvolution2D, SeparableConv2D>);
  CHECK(std::same_as<MaxPool1D, MaxPooling1D>);
  CHECK(std::same_as<MaxPool2D, MaxPooling2D>);
  CHECK(std::same_as<MaxPool3D, MaxPooling3D>);
  CHECK(std::same_as<AvgPool1D, AveragePooling1D>);
  CHECK(std::same_as<AvgPool2D, AveragePooling2D>);
  CHECK(std::same_as<AvgPool3D, AveragePooling3D>);
  CHECK(std::same_as<GlobalMaxPool1D, GlobalMaxPooling1D>);
  CHECK(std::same_as<GlobalMaxPool2D, GlobalMaxPooling2D>);
  CHECK(std::same_as<GlobalMaxPool3D, GlobalMaxPooling3D>);
  CHECK(std::same_as<GlobalAvgPool1D, GlobalAveragePooling1D>);
  CHECK(std::same_as<GlobalAvgPool2D, GlobalAveragePooling2D>);
  CHECK(std::same_as<GlobalAvgPool3D, GlobalAveragePooling3D>);
  CHECK(MaxPool2D(2).class_name() == "MaxPooling2D");
}

TEST_CASE("Merging layers are functions of tensors") {
  const Tensor a = rand({2, 3}), b = rand({2, 3});
  CHECK(array_equal(layers::add({a, b}), a + b));
  CHECK(array_equal(layers::subtract({a, b}), a - b));
  CHECK(array_equal(layers::multiply({a, b}), a * b));
  CHECK(allclose(layers::average({a, b}), (a + b) / 2));
  CHECK(array_equal(layers::maximum({a, b}), maximum(a, b)));
  CHECK(array_equal(layers::minimum({a, b}), minimum(a, b)));
  CHECK(array_equal(layers::concatenate({a, b}), concatenate({a, b}, 1)));
  CHECK(array_equal(layers::concatenate({a, b}, {.axis = 0}), concatenate({a, b}, 0)));
  CHECK(allclose(layers::dot({a, b}), sum(a * b, 1, true)));
  CHECK(allclose(layers::dot({a, b}, 1, {.normalize = true}), layers::Dot(1, {.normalize = true})({a, b})));
  CHECK_THROWS_WITH(layers::subtract({a}, {.name = "less"}), Contains("less: ") && Contains("2 tensors"));
}

TEST_CASE("Merging layers are functions of symbols, and layers of the model") {
  const Symbol x = Input({3}), y = Input({3});
  const Symbol z = layers::add({x, y}, {.name = "sum"});
  CHECK(z.name() == "sum");
  CHECK(z.node().layer().class_name() == "Add");
  const Model model({x, y}, layers::concatenate({z, layers::multiply({x, y}), layers::subtract({x, y})}));
  const Tensor a = rand({2, 3}), b = rand({2, 3});
  CHECK(array_equal(model({a, b}), concatenate({a + b, a * b, a - b}, 1)));
  const Model others({x, y}, layers::concatenate({layers::average({x, y}), layers::maximum({x, y}),
                                                  layers::minimum({x, y}), layers::dot({x, y})}));
  CHECK(others({a, b}).shape() == Shape{2, 10});
}
