#pragma once

#include <xtape/xtape.hpp>

/// The measured models as xtape's users write them.
namespace bench {

namespace layers = xtape::layers;

inline xtape::Sequential make_mlp() {
  return {layers::Dense(128, {.activation = "relu", .input_shape = {784}}),
          layers::Dense(10, {.activation = "softmax"})};
}

/// The same from symbols.
inline xtape::Model make_functional_mlp() {
  const xtape::Symbol x = xtape::Input({784});
  const xtape::Symbol hidden = layers::Dense(128, {.activation = "relu"})(x);
  return xtape::Model(x, layers::Dense(10, {.activation = "softmax"})(hidden));
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
inline xtape::Sequential make_lstm() {
  return {layers::LSTM(128, {.input_shape = {28, 28}}), layers::Dense(10, {.activation = "softmax"})};
}

/// Self-attention and feed-forward, each with residual and layer normalization; the mean over the sequence is
/// classified.
struct TransformerClassifierImpl : xtape::ModelImpl {
  static constexpr int64_t width = 128, heads = 4;

  layers::MultiHeadAttention attention{heads, width / heads};
  layers::LayerNormalization first, second;
  layers::Dense expand{4 * width, {.activation = "relu"}};
  layers::Dense contract{width};
  layers::Dense head{10, {.activation = "softmax"}};

  xtape::Tensor call(const xtape::Tensor& x) {
    const xtape::Tensor attended = first(x + attention(x));
    const xtape::Tensor hidden = second(attended + contract(expand(attended)));
    return head(hidden.mean(1));
  }
};
using TransformerClassifier = xtape::Handle<TransformerClassifierImpl>;

}  // namespace bench
