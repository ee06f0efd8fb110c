#pragma once

#include <cmath>
#include <xtape/xtape.hpp>

/// The measured models as xtape's users write them.
namespace bench {

namespace layers = xtape::layers;

inline xtape::Sequential make_mlp() {
  return {layers::Dense(128, {.activation = "relu", .input_shape = {784}}),
          layers::Dense(10, {.activation = "softmax"})};
}

inline xtape::Sequential make_cnn() {
  return {layers::Conv2D(32, 3, {.activation = "relu", .input_shape = {28, 28, 1}}),
          layers::MaxPooling2D(2),
          layers::Dropout(0.25),
          layers::Conv2D(64, 3, {.activation = "relu"}),
          layers::MaxPooling2D(2),
          layers::Dropout(0.25),
          layers::Flatten(),
          layers::Dense(128, {.activation = "relu"}),
          layers::Dropout(0.5),
          layers::Dense(10, {.activation = "softmax"})};
}

/// Images as sequences of 28 rows.
struct LstmClassifier : xtape::Model {
  struct Lstm : layers::Layer {
    static constexpr int64_t units = 128;
    xtape::Tensor kernel, recurrent_kernel, bias;

    void build(const xtape::Shape& input_shape) override {
      using namespace xtape::initializers;
      kernel = add_weight("kernel", {input_shape.back(), 4 * units}, GlorotUniform());
      recurrent_kernel = add_weight("recurrent_kernel", {units, 4 * units}, Orthogonal());
      bias = add_weight("bias", {4 * units}, Zeros());
    }
    xtape::Tensor call(const xtape::Tensor& x, bool) override {
      return xtape::lstm(x, kernel, recurrent_kernel, bias).hidden;
    }
  };
  Lstm& lstm = track("lstm", Lstm());
  layers::Dense& head = track("head", layers::Dense(10, {.activation = "softmax"}));

  xtape::Tensor call(const xtape::Tensor& x, bool training) override { return head(lstm(x, training), training); }
};

/// Self-attention and feed-forward, each with residual and layer normalization; the mean over the sequence is
/// classified.
struct TransformerClassifier : xtape::Model {
  static constexpr int64_t width = 128, heads = 4, length = 64;

  struct Normalization : layers::Layer {
    xtape::Tensor gamma, beta;

    void build(const xtape::Shape& input_shape) override {
      gamma = add_weight("gamma", {input_shape.back()}, xtape::initializers::Ones());
      beta = add_weight("beta", {input_shape.back()}, xtape::initializers::Zeros());
    }
    xtape::Tensor call(const xtape::Tensor& x, bool) override { return xtape::layer_norm(x, gamma, beta, 1e-5); }
  };
  layers::Dense& project = track("project", layers::Dense(3 * width));
  layers::Dense& output = track("output", layers::Dense(width));
  layers::Dense& expand = track("expand", layers::Dense(4 * width, {.activation = "relu"}));
  layers::Dense& contract = track("contract", layers::Dense(width));
  layers::Dense& head = track("head", layers::Dense(10, {.activation = "softmax"}));
  Normalization& first = track("first", Normalization());
  Normalization& second = track("second", Normalization());

  xtape::Tensor attention(const xtape::Tensor& x) {
    const xtape::Tensor parts = project(x).reshape({-1, length, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
    const xtape::Tensor attended = xtape::scaled_dot_product_attention(parts[0], parts[1], parts[2]);
    return output(attended.transpose(1, 2).reshape({-1, length, width}));
  }

  xtape::Tensor call(const xtape::Tensor& x, bool) override {
    const xtape::Tensor attended = first(x + attention(x));
    const xtape::Tensor hidden = second(attended + contract(expand(attended)));
    return head(hidden.mean(1));
  }
};

}  // namespace bench
