#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Attention, AdditiveAttention, GroupQueryAttention and the masks of MultiHeadAttention. The values of calls without
// masks are those of the golden cases.

using namespace xtape;
using layers::AttentionArguments;

namespace {

Tensor truth(const NestedNumbers& numbers) { return tensor(numbers).astype(bool_); }

// Queries and values of 2 samples, and which count.
struct Sample {
  Tensor query = randn({2, 3, 4}), value = randn({2, 5, 4});
  Tensor query_mask = truth({{1, 1, 0}, {1, 1, 1}}), value_mask = truth({{1, 1, 1, 0, 0}, {1, 0, 1, 1, 1}});
  Tensor masked_query() const { return with_mask(query, query_mask); }
  Tensor masked_value() const { return with_mask(value, value_mask); }
};

}  // namespace

TEST_CASE("what attention does not see has no part in its result") {
  const Sample s;
  Tensor other = s.value.clone();
  other.assign(where(s.value_mask.expand_dims(-1), other, randn(other.shape()) * 3));
  const std::vector<layers::Layer> all = {
      layers::Attention(), layers::Attention({.use_scale = true, .score_mode = "concat"}), layers::AdditiveAttention(),
      layers::MultiHeadAttention(2, 3), layers::GroupQueryAttention(3, 4, 2)};
  for (const layers::Layer& layer : all) {
    INFO(layer.class_name());
    const Tensor y = layer({s.query, s.masked_value()});
    CHECK(allclose(layer({s.query, with_mask(other, s.value_mask)}), y, 1e-5, 1e-6));
    CHECK_FALSE(allclose(layer({s.query, other}), y, 1e-2, 1e-2));
    CHECK_FALSE(has_mask(y));
    const Tensor masked = layer({s.masked_query(), s.masked_value()});
    CHECK(array_equal(mask_of(masked), s.query_mask));
    // Queries that count see the same.
    CHECK(allclose(where(s.query_mask.expand_dims(-1), masked, 0), where(s.query_mask.expand_dims(-1), y, 0), 1e-5,
                   1e-6));
    // One that does not attends to nothing: what is left of it is the bias, which is 0.
    CHECK(max(abs(masked.select(0, 0).select(0, 2))).item() == 0);
  }
}

TEST_CASE("masks by name are those of the tensors") {
  const Sample s;
  const layers::GroupQueryAttention grouped(3, 4, 2);
  const layers::MultiHeadAttention heads(2, 3);
  const layers::Attention attention;
  const AttentionArguments<Tensor> by_name{.query_mask = s.query_mask, .value_mask = s.value_mask};
  CHECK(array_equal(grouped(s.query, s.value, by_name), grouped(s.masked_query(), s.masked_value())));
  CHECK(array_equal(attention(s.query, s.value, {.query_mask = s.query_mask, .value_mask = s.value_mask}),
                    attention(s.masked_query(), s.masked_value())));
  // Keras's MultiHeadAttention does not look at a query_mask by name.
  CHECK(array_equal(heads(s.query, s.value, by_name), heads(s.query, s.masked_value())));
  // The mask of the key counts where one is given.
  const Tensor key = randn({2, 5, 4});
  CHECK(array_equal(heads(s.query, s.value, {.key = with_mask(key, s.value_mask)}),
                    heads(s.query, s.value, {.key = key, .key_mask = s.value_mask})));
  // Several masks are one.
  const Tensor both = logical_and(s.query_mask.expand_dims(2), s.value_mask.expand_dims(1));
  CHECK(allclose(grouped(s.query, s.value, by_name), grouped(s.query, s.value, {.attention_mask = both}), 1e-5, 1e-6));
}

TEST_CASE("attention masks broadcast") {
  const Sample s;
  const layers::MultiHeadAttention heads(2, 3);
  const Tensor places = randn({3, 5}) > -0.5;
  const Tensor y = heads(s.query, s.value, {.attention_mask = places});
  CHECK(array_equal(heads(s.query, s.value, {.attention_mask = places.expand_dims(0)}), y));
  CHECK(array_equal(heads(s.query, s.value, {.attention_mask = broadcast_to(places, {2, 2, 3, 5})}), y));
  const Tensor causal = arange(3).expand_dims(1) >= arange(5);
  CHECK(allclose(heads(s.query, s.value, {.use_causal_mask = true}),
                 heads(s.query, s.value, {.attention_mask = causal}), 1e-5, 1e-6));
  const layers::Attention attention;
  const auto [plain, scores] = attention.with_scores(s.query, s.value, {.use_causal_mask = true});
  CHECK(array_equal(scores == 0, broadcast_to(logical_not(causal), {2, 3, 5})));
  CHECK(allclose(plain, matmul(scores, s.value), 1e-5, 1e-6));
}

TEST_CASE("GroupQueryAttention is MultiHeadAttention whose keys and values are repeated") {
  const Sample s;
  const layers::GroupQueryAttention grouped(3, 4, 2);
  const layers::MultiHeadAttention heads(4, 3);
  grouped(s.query, s.value);
  heads(s.query, s.value);
  std::vector<Tensor> weights = grouped.get_weights();
  for (const std::size_t i : {2, 4}) {
    weights[i] = repeat(weights[i], 2, 1);
    weights[i + 1] = repeat(weights[i + 1], 2, 0);
  }
  heads.set_weights(weights);
  const auto [y, scores] = grouped.with_scores(s.query, s.masked_value());
  const auto [expected, expected_scores] = heads.with_scores(s.query, s.masked_value());
  CHECK(allclose(y, expected, 1e-5, 1e-6));
  CHECK(scores.shape() == Shape{2, 4, 3, 5});
  CHECK(allclose(scores, expected_scores, 1e-5, 1e-6));
  CHECK(allclose(grouped(s.query, s.masked_value()), y, 1e-5, 1e-6));
  CHECK_THROWS_MATCHES(layers::GroupQueryAttention(3, 4, 3), ValueError,
                       Message("GroupQueryAttention: num_key_value_heads must divide num_query_heads, given 3 and 4"));
}

TEST_CASE("MultiHeadAttention attends along some axes, or all") {
  const Tensor x = randn({2, 3, 4, 6});
  // Along the second axis of places each row of the first is a sample of its own.
  const layers::MultiHeadAttention rows(2, 3, {.attention_axes = 2}), alone(2, 3);
  const Tensor y = rows(x);
  alone(x.reshape({6, 4, 6}));
  alone.set_weights(rows.get_weights());
  CHECK(allclose(y, alone(x.reshape({6, 4, 6})).reshape({2, 3, 4, 6}), 1e-5, 1e-6));
  const auto scores = rows.with_scores(x, x).scores;
  CHECK(scores.shape() == Shape{2, 3, 2, 4, 4});
  CHECK(allclose(rows(x, x, {.use_causal_mask = true}),
                 alone(x.reshape({6, 4, 6}), x.reshape({6, 4, 6}), {.use_causal_mask = true}).reshape({2, 3, 4, 6}),
                 1e-5, 1e-6));
  // Along the first one.
  const layers::MultiHeadAttention columns(2, 3, {.attention_axes = -3});
  columns(x);
  columns.set_weights(rows.get_weights());
  CHECK(allclose(columns(x), rows(x.transpose(1, 2)).transpose(1, 2), 1e-5, 1e-6));
  // Along all of them places are one sequence.
  const layers::MultiHeadAttention everywhere(2, 3, {.output_shape = {2, 5}});
  const Tensor all = everywhere(x);
  CHECK(all.shape() == Shape{2, 3, 4, 2, 5});
  CHECK(everywhere.compute_output_shape({-1, 3, 4, 6}) == Shape{-1, 3, 4, 2, 5});
  const layers::MultiHeadAttention sequence(2, 3, {.output_shape = {2, 5}});
  sequence(x.reshape({2, 12, 6}));
  sequence.set_weights(everywhere.get_weights());
  CHECK(allclose(all.reshape({2, 12, 2, 5}), sequence(x.reshape({2, 12, 6})), 1e-5, 1e-6));
  CHECK(everywhere.with_scores(x, x).scores.shape() == Shape{2, 2, 3, 4, 3, 4});
  CHECK_THROWS_MATCHES(layers::MultiHeadAttention(2, 3, {.attention_axes = 3, .name = "m"})(x), IndexError,
                       Message("m: the attention axis 3 is none of the places of inputs of 4 dimensions"));
  CHECK_THROWS_WITH(everywhere(x, x, {.use_causal_mask = true}), Contains("use_causal_mask needs an order of places"));
}

TEST_CASE("activity regularizers of attention are those of its projections") {
  const Tensor x = randn({2, 3, 4});
  const auto total = [](const layers::Layer& layer) {
    double sum_of_all = 0;
    for (const Tensor& loss : layer.losses()) sum_of_all += loss.item();
    return sum_of_all;
  };
  const layers::MultiHeadAttention heads(2, 3, {.activity_regularizer = regularizers::L2(1)});
  const Tensor y = heads(x);
  CHECK(heads.losses().size() == 4);
  double expected = sum(square(y)).item();
  for (const std::size_t i : {0, 2, 4}) {
    expected += sum(square(matmul(x, heads.get_weights()[i].flatten(1)))).item();
  }
  CHECK(total(heads) == Approx(expected / 2));
  const layers::GroupQueryAttention grouped(3, 4, 2, {.activity_regularizer = regularizers::L2(1)});
  grouped(x);
  CHECK(grouped.losses().size() == 5);
}

TEST_CASE("dropout of attention drops weights of values, with a seed of its own") {
  const Sample s;
  const auto make = [] { return layers::Attention({.dropout = 0.5, .seed = 7}); };
  const layers::Attention one = make(), other = make();
  const layers::AttentionResult<Tensor> dropped = one.with_scores(s.query, s.value, {.training = true});
  CHECK(any(dropped.scores == 0).item<bool>());
  CHECK(allclose(dropped.outputs, matmul(dropped.scores, s.value), 1e-5, 1e-6));
  set_random_seed(1);
  CHECK(array_equal(other(s.query, s.value, {.training = true}), dropped.outputs));
  CHECK_FALSE(array_equal(other(s.query, s.value, {.training = true}), dropped.outputs));
  CHECK(array_equal(one(s.query, s.value), layers::Attention()(s.query, s.value)));
}

TEST_CASE("attention works on symbols") {
  const Sample s;
  const Symbol query = Input({3, 4}), value = Input({5, 4});
  const layers::MultiHeadAttention heads(2, 3);
  const layers::AdditiveAttention additive;
  const auto [y, scores] = heads.with_scores(query, value, {.use_causal_mask = true});
  CHECK(y.shape() == Shape{-1, 3, 4});
  CHECK(scores.shape() == Shape{-1, 2, 3, 5});
  const Symbol z = additive(query, value);
  CHECK(z.shape() == Shape{-1, 3, 4});
  const Model model({query, value}, {y, z});
  const std::vector<Tensor> results = model.call_all({s.query, s.masked_value()});
  CHECK(allclose(results[0], heads(s.query, s.masked_value(), {.use_causal_mask = true}), 1e-5, 1e-6));
  CHECK(array_equal(results[1], additive(s.query, s.masked_value())));
}

TEST_CASE("attention's derivatives are right", "[derivatives]") {
  const Tensor value = randn({2, 3, 4}, float64);
  struct AttendsImpl : layers::LayerImpl {
    layers::Layer attention;
    Tensor value, mask_of_value;
    AttendsImpl(layers::Layer layer, Tensor v)
        : LayerImpl({.dtype = float64}),
          attention(std::move(layer)),
          value(std::move(v)),
          mask_of_value(truth({{1, 1, 0}, {0, 1, 1}})) {}
    Tensor call(const Tensor& x) { return attention({x, with_mask(value, mask_of_value)}); }
  };
  // Without biases: that of the key, which all scores share, has no gradient.
  const std::vector<layers::Layer> all = {
      layers::Attention({.use_scale = true, .dtype = float64}),
      layers::Attention({.use_scale = true, .score_mode = "concat", .dtype = float64}),
      layers::AdditiveAttention({.dtype = float64}),
      layers::GroupQueryAttention(2, 2, 1, {.use_bias = false, .dtype = float64}),
      layers::MultiHeadAttention(2, 2, {.use_bias = false, .output_shape = 3, .dtype = float64})};
  for (const layers::Layer& layer : all) {
    INFO(layer.class_name());
    const Handle<AttendsImpl> attends(layer, value);
    const Tensor x = randn({2, 2, 4}, float64);
    CHECK(layers::gradcheck(attends, x).passed);
    CHECK(layers::gradgradcheck(attends, x).passed);
  }
}

TEST_CASE("attention names what does not fit") {
  const layers::Attention attention({.name = "a"});
  CHECK_THROWS_MATCHES(attention(ones({2, 3, 4})), ValueError,
                       Message("a: expected query and value, or query, value and key, given 1 tensor"));
  CHECK_THROWS_MATCHES(attention(ones({2, 3, 4}), ones({2, 5, 3})), ShapeError,
                       Message("a: expected query [batch, queries, dim], value [batch, keys, value_dim] and key "
                               "[batch, keys, dim], given query [2, 3, 4], value [2, 5, 3], key [2, 5, 3]"));
  CHECK(attention(ones({2, 3, 4}), ones({2, 5, 3}), {.key = ones({2, 5, 4})}).shape() == Shape{2, 3, 3});
  CHECK_THROWS_WITH(layers::Attention({.score_mode = "dots"}), Contains("unknown score_mode of Attention \"dots\""));
  const layers::MultiHeadAttention heads(2, 3, {.name = "m"});
  CHECK_THROWS_MATCHES(heads(ones({2, 3, 4}), ones({2, 5, 4}), {.value_mask = ones({2, 3}, bool_)}), ShapeError,
                       Message("m: expected value_mask of the first lengths of [2, 5, 4], given [2, 3]"));
  CHECK_THROWS_AS(heads(ones({2, 3, 4}), ones({2, 5, 4}), {.key_mask = ones({2, 5})}), DTypeError);
}
