#include <cmath>
#include <limits>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

// Labels, indices and masks: what is none is refused, and the message says where it stands.

TEST_CASE("labels of a floating type are whole numbers") {
  const Tensor p = full({2, 3}, 1.0 / 3);
  const Tensor logits = log(p);
  const Tensor labels = tensor({2, 1});
  for (const DType type : {uint8, int32, int64, float32, float64}) {
    CHECK(array_equal(sparse_categorical_crossentropy(labels.astype(type), p),
                      sparse_categorical_crossentropy(labels, p)));
    CHECK(array_equal(sparse_categorical_crossentropy_from_logits(labels.astype(type), logits),
                      sparse_categorical_crossentropy_from_logits(labels, logits)));
    CHECK(array_equal(utils::to_categorical(labels.astype(type), 3), one_hot(labels, 3)));
  }
  CHECK_THROWS_WITH(
      sparse_categorical_crossentropy(tensor({1.0, 0.9}), p),
      Contains("sparse_categorical_crossentropy: label 0.9") && Contains("at position 1 is not a whole number"));
  CHECK_THROWS_AS(sparse_categorical_crossentropy(tensor({-0.5, 1.0}), p), ValueError);
  CHECK_THROWS_WITH(sparse_categorical_crossentropy_from_logits(tensor({NAN, 1.0f}), logits),
                    "sparse_categorical_crossentropy: label nan at position 0 is not a whole number");
  CHECK_THROWS_AS(sparse_categorical_crossentropy(tensor({INFINITY, 1.0f}), p), ValueError);
  // Whole, but beyond int64.
  CHECK_THROWS_WITH(sparse_categorical_crossentropy(tensor({1e20, 1.0}), p),
                    "sparse_categorical_crossentropy: label 1e+20 at position 0 is outside [0, 3)");
  CHECK_THROWS_WITH(utils::to_categorical(tensor({1e20})),
                    Contains("to_categorical: label 1e+20 at position 0 is outside the range of int64"));
  CHECK_THROWS_WITH(sparse_categorical_crossentropy(tensor({1.0, 3.0}), p),
                    "sparse_categorical_crossentropy: label 3 at position 1 is outside [0, 3)");
  CHECK_THROWS_WITH(utils::to_categorical(tensor({1.5})),
                    "to_categorical: label 1.5 at position 0 is not a whole number; number the classes 0, 1, ... below "
                    "num_classes");
  CHECK_THROWS_AS(utils::to_categorical(tensor({std::numeric_limits<int64_t>::max()})), Error);
}

TEST_CASE("the position of a label or index has all its coordinates") {
  const Tensor indices = tensor({{0, 1, 2}, {2, 9, 0}});
  CHECK_THROWS_WITH(take(ones({3, 2}), indices),
                    "take: index 9 at position [1, 1] is out of range for an axis of length 3");
  CHECK_THROWS_WITH(one_hot(indices, 3), "one_hot: label 9 at position [1, 1] is outside [0, 3)");
  // Of the elements as they are seen, not as they lie in memory.
  CHECK_THROWS_WITH(take(ones({3, 2}), indices.transpose().slice(0, {1})), Contains("index 9 at position [0, 1]"));
}

TEST_CASE("an embedding takes whole numbers of any type") {
  layers::Embedding embedding(5, 2, {.name = "e"});
  CHECK(array_equal(embedding(tensor({1.0, 4.0})), embedding(tensor({1, 4}))));
  CHECK_THROWS_WITH(embedding(tensor({1.7})), Contains("e: index 1.7") && Contains("is not a whole number"));
  CHECK_THROWS_AS(embedding(tensor({1.7})), ValueError);
  CHECK_THROWS_WITH(embedding(tensor({5.0})), "e: index 5 at position 0 is outside [0, 5)");
}

TEST_CASE("a fractional label is no class to an accuracy") {
  metrics::SparseCategoricalAccuracy accuracy;
  accuracy.update_state(tensor({1.5, 1.0}), tensor({{0., 1.}, {0., 1.}}));
  CHECK(accuracy.result() == 0.5);
  metrics::SparseTopKCategoricalAccuracy top({.k = 3});
  top.update_state(tensor({0.5, 1.0}), ones({2, 3}));
  CHECK(top.result() == 0.5);
}

TEST_CASE("an ignored class is compared by value") {
  const losses::SparseCategoricalCrossentropy loss({.ignore_class = -1, .reduction = "none"});
  CHECK_THROWS_WITH(loss(tensor({255, 0}, uint8), full({2, 2}, 0.5)), Contains("label 255 at position 0"));
  CHECK_THROWS_AS(loss.check_targets(tensor({255, 0}, uint8), {2, 2}), IndexError);
  CHECK(loss(tensor({-1, 0}), full({2, 2}, 0.5))[0].item() == 0);
}

TEST_CASE("an attention mask is no floating tensor") {
  const Tensor q = zeros({1, 1, 2}), k = zeros({1, 3, 2}), v = tensor({1.0, 1.0, 100.0}).reshape({1, 3, 1});
  const Tensor additive = tensor({0.0f, 0.0f, -INFINITY}).reshape({1, 1, 3});
  CHECK_THROWS_AS(scaled_dot_product_attention(q, k, v, additive), DTypeError);
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, k, v, additive),
                    "scaled_dot_product_attention: expected a bool mask, true where a key is seen, got float32; of an "
                    "additive one take mask == 0");
  CHECK(scaled_dot_product_attention(q, k, v, additive == 0).item() == 1);
  CHECK(scaled_dot_product_attention(q, k, v, tensor({1, 1, 0}).reshape({1, 1, 3})).item() == 1);
  layers::MultiHeadAttention attention(1, 2, {.name = "a"});
  CHECK_THROWS_AS(attention(q, k, {.attention_mask = additive}), DTypeError);
}

TEST_CASE("a query that sees no key gets zeros") {
  for (const DType type : {float32, float64}) {
    const Tensor q = randn({2, 4, 3}, type), k = randn({2, 5, 3}, type), v = randn({2, 5, 2}, type);
    const Tensor mask = ones({2, 4, 5}, bool_);
    mask[{1, 2}].fill(false);
    mask[{0, 0, 1}].fill(false);
    for (const Tensor& x : {q, k, v}) x.set_requires_grad();
    const Tensor y = scaled_dot_product_attention(q, k, v, mask);
    CHECK(array_equal(y[{1, 2}], zeros({2}, type)));
    CHECK(min(abs(y[{0, 0}])).item() > 0);
    const auto gradients = grad({sum(square(y) + y)}, {q, k, v}, {.retain_graph = true});
    CHECK(array_equal(gradients[0][{1, 2}], zeros({3}, type)));
    // The same in public operations, as the gradient that is to be differentiated again has it.
    const auto differentiable = grad({sum(square(y) + y)}, {q, k, v}, {.create_graph = true});
    for (int i = 0; i < 3; ++i) CHECK(allclose(gradients[i], differentiable[i], 1e-4, 1e-5));
    // A key that the masked query alone could see is worth nothing.
    const Tensor none = scaled_dot_product_attention(q, k, v, zeros({4, 5}, bool_));
    CHECK(array_equal(none, zeros({2, 4, 2}, type)));
  }
}
