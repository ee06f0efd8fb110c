#include <functional>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// What layers say about arguments that do not fit: the layer, the argument, the shapes that the user gave, and the
// cure.

using namespace xtape;
using Catch::Matchers::Message;

namespace {

Tensor truth(const Shape& shape) { return ones(shape, bool_); }

// Of one's own, which says nothing of the batch.
struct PickyImpl : layers::LayerImpl {
  Tensor weight;
  void build(const Shape& input_shape) override {
    weight = add_weight("weight", {2});
    throw ShapeError("not of " + input_shape.str());
  }
  Tensor call(const Tensor& x) { return x * weight; }
};
using Picky = Handle<PickyImpl>;

}  // namespace

TEST_CASE("The first call of a layer shows the batch that it was given, also in the layers in it") {
  const std::string question = "; is return_sequences missing in the layer before?";
  CHECK_THROWS_MATCHES(layers::LSTM(4, {.name = "l"})(ones({2, 3})), ShapeError,
                       Message("l: expected inputs [batch, time, features], given [2, 3]" + question));
  CHECK_THROWS_MATCHES(layers::LSTM(4, {.name = "l"})(ones({2, 3, 4, 5})), ShapeError,
                       Message("l: expected inputs [batch, time, features], given [2, 3, 4, 5]"));
  CHECK_THROWS_WITH(layers::RNN(layers::GRUCell(2), {.name = "r"})(ones({2, 3})), Contains("given [2, 3]" + question));
  CHECK_THROWS_WITH(layers::TimeDistributed(layers::Dense(3), {.name = "t"})(ones({2, 3})),
                    Contains("given [2, 3]" + question));
  CHECK_THROWS_WITH(layers::TimeDistributed(layers::Conv2D(3, 3))(ones({2, 5, 3})),
                    Contains("got [2, 3] (of steps of inputs [2, 5, 3])"));
  CHECK_THROWS_WITH(layers::Bidirectional(layers::LSTM(3))(ones({2, 3})), Contains("given [2, 3]" + question));
  CHECK_THROWS_WITH(layers::ConvLSTM2D(3, 2)(ones({2, 5, 5, 3})), Contains("given [2, 5, 5, 3]" + question));
  CHECK_THROWS_WITH(layers::EinsumDense("abc,cd->abd", {-1, 2})(ones({2, 3})), Contains("given [2, 3]"));
  CHECK_THROWS_WITH(layers::Masking()(ones({2})), Contains("given [2]"));
  CHECK_THROWS_WITH(layers::LayerNormalization({.axis = 3})(ones({2, 5, 3})), Contains("inputs [2, 5, 3]"));
  CHECK_THROWS_WITH(layers::GroupNormalization({.groups = 2})(ones({2, 5, 3})), Contains("given inputs [2, 5, 3]"));
  const Picky picky;
  CHECK_THROWS_MATCHES(picky(ones({7, 2})), ShapeError, Message(picky.name() + ": not of [7, 2]"));
  CHECK(picky.weights().empty());
  // The batch has no part in weights.
  CHECK_THROWS_WITH(layers::LayerNormalization({.axis = 0})(ones({2, 5})), Contains("must be known, given [-1, 5]"));
}

TEST_CASE("A layer of sequences asks for return_sequences where samples come, and in Sequential from the start") {
  const auto stacked = [] {
    Sequential({layers::InputLayer({5, 3}), layers::LSTM(4), layers::LSTM(4, {.name = "second"})}, {.name = "s"});
  };
  CHECK_THROWS_MATCHES(stacked(), ShapeError,
                       Message("s/second: expected inputs [batch, time, features], given [-1, 4]; is return_sequences "
                               "missing in the layer before?"));
  const Symbol x = Input({5, 3});
  CHECK_THROWS_WITH(layers::GRU(4)(layers::GRU(4)(x)), Contains("is return_sequences missing"));
  CHECK_THROWS_WITH(layers::MultiHeadAttention(2, 3)(ones({2, 4}), ones({2, 4})),
                    Contains("is return_sequences missing"));
}

TEST_CASE("Sequential refuses a layer of several outputs when it is added") {
  const layers::LSTM states(4, {.return_state = true, .name = "l"});
  CHECK_THROWS_MATCHES(Sequential({layers::InputLayer({5, 3}), states, layers::Dense(1)}, {.name = "s"}), ValueError,
                       Message("s/l: returns 3 tensors, of which Sequential passes on one; call it in a functional "
                               "model, which takes all"));
  CHECK_THROWS_WITH(
      Sequential({layers::InputLayer({5, 3}), layers::Bidirectional(layers::LSTM(4), {.merge_mode = std::nullopt})}),
      Contains("returns 2 tensors"));
}

TEST_CASE("An initial_state is checked by the layer, of tensors and of symbols") {
  const Tensor x = ones({2, 5, 3});
  CHECK_THROWS_MATCHES(layers::GRU(4, {.name = "g"})(x, {.initial_state = {zeros({3, 4})}}), ShapeError,
                       Message("g: expected initial_state of shape [2, 4], given [3, 4]"));
  CHECK_THROWS_MATCHES(layers::LSTM(4, {.name = "l"})(x, {.initial_state = {zeros({2, 4}), zeros({2, 5})}}), ShapeError,
                       Message("l: expected initial_state 1 of shape [2, 4], given [2, 5]"));
  CHECK_THROWS_MATCHES(layers::GRU(4, {.name = "g"})(x, {.initial_state = {zeros({2, 4}, float64)}}), DTypeError,
                       Message("g: expected initial_state of float32, given float64; astype converts it"));
  CHECK_THROWS_WITH(
      layers::ConvLSTM1D(3, 2)(ones({1, 2, 6, 1}), {.initial_state = {zeros({1, 6, 3}), zeros({1, 5, 3})}}),
      Contains("initial_state 0 of shape [1, 5, 3], given [1, 6, 3]"));
  const layers::Bidirectional both(layers::GRU(4), {.name = "b"});
  CHECK_THROWS_WITH(both(x, {.initial_state = {zeros({2, 4}), zeros({2, 5})}}),
                    Contains("b/backward_gru") && Contains("expected initial_state of shape [2, 4], given [2, 5]"));
  const Symbol sequences = Input({5, 3}), state = Input({7});
  CHECK_THROWS_MATCHES(layers::GRU(4, {.name = "g"})(sequences, {.initial_state = {state}}), ShapeError,
                       Message("g: expected initial_state of shape [-1, 4], given [-1, 7]"));
  CHECK_THROWS_WITH(both(sequences, {.initial_state = {Input({4}), state}}), Contains("given [-1, 7]"));
  CHECK_THROWS_WITH(layers::LSTMCell(2, {.name = "c"})(ones({2, 4}), {zeros({2, 3}), zeros({2, 2})}),
                    Contains("c: expected state 0 of shape [2, 2], given [2, 3]"));
  CHECK_THROWS_WITH(layers::GRUCell(2)(ones({2, 3, 4}), {zeros({2, 2})}), Contains("given [2, 3, 4]"));
}

TEST_CASE("Masks that are given by name have the shape that the inputs have") {
  const Tensor z = ones({2, 3, 4});
  for (const auto* name : {"query_mask", "value_mask"}) {
    const bool query = name == std::string("query_mask");
    const auto call = [&](const Tensor& mask) {
      layers::Attention attention({.name = "a"});
      return query ? attention(z, z, {.query_mask = mask}) : attention(z, z, {.value_mask = mask});
    };
    const std::string expected = std::string("a: expected ") + name + (query ? " [batch, queries]" : " [batch, keys]");
    CHECK_THROWS_MATCHES(call(truth({2, 3, 3})), ShapeError, Message(expected + " [2, 3], given [2, 3, 3]"));
    CHECK_THROWS_MATCHES(call(truth({2, 4})), ShapeError, Message(expected + " [2, 3], given [2, 4]"));
    CHECK_THROWS_MATCHES(call(truth({1, 3})), ShapeError, Message(expected + " [2, 3], given [1, 3]"));
    CHECK(call(truth({2, 3})).shape() == z.shape());
  }
  const Symbol q = Input({3, 5}), v = Input({4, 5}), wrong = Input({3}, {.dtype = bool_});
  CHECK_THROWS_MATCHES(layers::Attention({.name = "a"})(q, v, {.value_mask = wrong}), ShapeError,
                       Message("a: expected value_mask [batch, keys] [-1, 4], given [-1, 3]"));
  CHECK_THROWS_MATCHES(layers::MultiHeadAttention(2, 3, {.name = "m"})(q, v, {.value_mask = wrong}), ShapeError,
                       Message("m: expected value_mask of the first lengths of [-1, 4, 5], given [-1, 3]"));
  CHECK_THROWS_MATCHES(
      layers::MultiHeadAttention(2, 3, {.name = "m"})(q, v, {.attention_mask = Input({3, 5}, {.dtype = bool_})}),
      ShapeError, Message("m: expected attention_mask [batch, queries, keys] [-1, 3, 4], given [-1, 3, 5]"));
  CHECK(layers::MultiHeadAttention(2, 3)(q, v, {.attention_mask = Input({3, 4}, {.dtype = bool_})}).shape() ==
        Shape{-1, 3, 5});
  CHECK_THROWS_MATCHES(layers::GRU(4, {.name = "g"})(q, {.mask = Input({4}, {.dtype = bool_})}), ShapeError,
                       Message("g: expected a mask [batch, time] [-1, 3], given [-1, 4]"));
}

TEST_CASE("Masks that inputs have are those of steps, or say nothing about them") {
  const Tensor z = randn({2, 3, 4});
  const std::vector<std::function<Tensor(const Tensor&)>> calls = {
      layers::LSTM(2), layers::Bidirectional(layers::LSTM(2)), layers::GlobalAveragePooling1D(),
      [attention = layers::Attention()](const Tensor& x) { return attention(x, x); }};
  for (const auto& call : calls) {
    CHECK_THROWS_WITH(call(with_mask(z, truth({2, 3, 4}))),
                      Contains("expected inputs [2, 3, 4] with a mask [batch, time], given one of [2, 3, 4]; "
                               "with_mask(x, mask) gives x another one"));
    CHECK(array_equal(call(with_mask(z, tensor({true, false}))), call(z)));
  }
  CHECK_THROWS_WITH(layers::MultiHeadAttention(2, 2)(with_mask(z, truth({2, 3, 4})), z),
                    Contains("expected inputs [2, 3, 4] with a mask of fewer dimensions, given one of [2, 3, 4]"));
  const layers::TimeDistributed both(layers::Bidirectional(layers::LSTM(2)));
  const Tensor x = randn({2, 3, 4, 5});
  CHECK(array_equal(both(with_mask(x, truth({2, 3}))), both(x)));
  // [2] would broadcast along the steps.
  const Tensor square = ones({2, 2, 4});
  CHECK_THROWS_WITH(
      layers::Add({.name = "a"})({with_mask(square, truth({2, 2})), with_mask(square, truth({2}))}),
      Contains("a: the masks of the inputs have other dimensions than each other") && Contains(": [2, 2], [2]"));
}

TEST_CASE("Axes and lengths are checked by the layer") {
  CHECK_THROWS_MATCHES(layers::UnitNormalization({.axis = 3, .name = "u"})(ones({2, 5, 3})), IndexError,
                       Message("u: axis 3 is out of range for inputs [2, 5, 3]"));
  const layers::PReLU slopes({.name = "p"});
  slopes(ones({2, 1}));
  CHECK_THROWS_MATCHES(slopes(ones({2, 5})), ShapeError, Message("p: built for inputs [-1, 1], given [2, 5]"));
  const layers::PReLU shared({.shared_axes = 1});
  shared(ones({2, 1, 3}));
  CHECK(shared(ones({2, 5, 3})).shape() == Shape{2, 5, 3});
  CHECK_THROWS_WITH(layers::Conv1D(2, 3, {.padding = "same"})(ones({2, 0, 3})),
                    Contains("expected inputs of at least 1 cell along each axis, given [2, 0, 3]"));
}

TEST_CASE("glu halves the last length of what a layer says that it returns") {
  const Sequential model{layers::InputLayer({4}), layers::Dense(4, {.activation = "glu"}), layers::Dense(1)};
  CHECK(model(ones({2, 4})).shape() == Shape{2, 1});
  const Symbol x = Input({6, 4});
  CHECK(layers::Activation("glu")(x).shape() == Shape{-1, 6, 2});
  CHECK(layers::Conv1D(8, 3, {.activation = "glu"})(x).shape() == Shape{-1, 4, 4});
  CHECK(layers::EinsumDense("abc,cd->abd", {-1, 2}, {.activation = "glu"})(x).shape() == Shape{-1, 6, 1});
  CHECK_THROWS_MATCHES(layers::Activation("glu", {.name = "g"})(Input({3})), ShapeError,
                       Message("g: glu: expected an even last length, of whose halves one gates the other, given [-1, "
                               "3]"));
}
