#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

Tensor random_leaf(const Shape& shape, DType dtype) { return randn(shape, dtype).set_requires_grad(); }

}  // namespace

TEST_CASE("attention over many keys, a few queries at a time, equals its definition") {
  const int before = get_num_threads();
  for (const int threads : {1, 2}) {
    set_num_threads(threads);
    for (const DType dtype : {float32, float64}) {
      for (const bool causal : {false, true}) {
        INFO(threads << " threads, " << name(dtype) << (causal ? ", causal" : ""));
        set_random_seed(5);
        // The scores of 520 queries at 520 keys do not fit what is worked on at a time.
        const Tensor query = random_leaf({3, 520, 2, 8}, dtype), key = random_leaf({3, 520, 2, 8}, dtype),
                     value = random_leaf({3, 520, 2, 5}, dtype);
        const Tensor mask = causal ? arange(520).expand_dims(1) >= arange(520) : Tensor();
        const auto heads = [](const Tensor& x) { return x.transpose(1, 2); };
        const Tensor y = scaled_dot_product_attention(heads(query), heads(key), heads(value), mask, 0.7);
        Tensor scores = matmul(heads(query), heads(key).transpose(-2, -1)) * 0.7;
        if (causal) scores = where(mask, scores, -INFINITY);
        const Tensor expected = matmul(softmax(scores), heads(value));
        const double tolerance = dtype == float32 ? 1e-4 : 1e-11;
        CHECK(allclose(y, expected, tolerance, tolerance));
        const GradOptions options{.gradients = {randn(y.shape(), dtype)}};
        const auto got = grad({y}, {query, key, value}, options);
        const auto wanted = grad({expected}, {query, key, value}, options);
        for (std::size_t i = 0; i < 3; ++i) CHECK(allclose(got[i], wanted[i], tolerance, 10 * tolerance));
      }
    }
  }
  set_num_threads(before);
}

TEST_CASE("a masked key gets nothing, whatever the scores of the others") {
  const double largest = 1e31;
  for (const DType dtype : {float32, float64}) {
    INFO(name(dtype));
    const Tensor query = tensor({{1.0}}, dtype), key = tensor({{-largest}, {3.0}}, dtype),
                 value = tensor({{5.0}, {7.0}}, dtype), mask = tensor({{true, false}});
    CHECK(scaled_dot_product_attention(query, key, value, mask).item() == 5);
    // The same in public operations: the operands broadcast.
    CHECK(scaled_dot_product_attention(query.expand_dims(0), key.expand_dims(0), value.expand_dims(0).broadcast_to({2, 2, 1}), mask)
              .to_vector<double>() == std::vector<double>{5, 5});
    // And the gradients, of a query that sees no key too.
    const Tensor seen = tensor({{true, false}, {false, false}});
    for (const bool fused : {true, false}) {
      const Tensor q = tensor({{1.0}, {2.0}}, dtype).set_requires_grad(), k = key.clone().set_requires_grad(),
                   v = value.clone().set_requires_grad();
      const auto gradients = grad(scaled_dot_product_attention(q, k, v, seen), {q, k, v},
                                  {.gradients = {ones({2, 1}, dtype)}, .create_graph = !fused});
      CHECK(gradients[0].to_vector<double>() == std::vector<double>{0, 0});
      CHECK(gradients[1].to_vector<double>() == std::vector<double>{0, 0});
      CHECK(gradients[2].to_vector<double>() == std::vector<double>{1, 0});
    }
  }
}

TEST_CASE("attention notices a mask that changed before the gradient, and computes only the gradients needed") {
  set_random_seed(6);
  const Tensor query = random_leaf({4, 3}, float64), key = random_leaf({5, 3}, float64),
               value = random_leaf({5, 2}, float64), mask = ones({4, 5}, bool_);
  const auto all = grad({sum(square(scaled_dot_product_attention(query, key, value, mask)))}, {query, key, value});
  CHECK(allclose(grad(sum(square(scaled_dot_product_attention(query, key.detach(), value.detach()))), query), all[0]));
  CHECK(allclose(grad(sum(square(scaled_dot_product_attention(query.detach(), key, value.detach()))), key), all[1]));
  CHECK(allclose(grad(sum(square(scaled_dot_product_attention(query.detach(), key.detach(), value))), value), all[2]));
  const Tensor loss = sum(scaled_dot_product_attention(query, key, value, mask));
  mask.fill(0);
  CHECK_THROWS_AS(loss.backward(), AutogradError);
  // A mask that makes more matrices of one.
  CHECK(scaled_dot_product_attention(query, key, value, ones({2, 4, 5}, bool_)).shape() == Shape{2, 4, 2});
}

TEST_CASE("attention refuses what does not fit") {
  CHECK_THROWS_WITH(scaled_dot_product_attention(zeros({2, 3}), zeros({2, 4}), zeros({2, 4})),
                    "scaled_dot_product_attention: expected query [..., queries, dim], key [..., keys, dim] and value "
                    "[..., keys, value_dim]: query [2, 3], key [2, 4], value [2, 4]");
  const Tensor x = zeros({4, 2, 3}), y = zeros({4, 5, 3});
  for (const Shape& mask : {Shape{5, 5}, Shape{2, 4}, Shape{3, 2, 5}, Shape{2, 2, 2, 2, 5}}) {
    CHECK_THROWS_MATCHES(
        scaled_dot_product_attention(x, y, y, ones(mask, bool_)), ShapeError,
        Message("scaled_dot_product_attention: expected a mask that broadcasts to [..., queries, keys] "
                "[4, 2, 5], given " +
                mask.str()));
  }
  // Masks that repeat, and masks that make more matrices.
  for (const Shape& mask : {Shape{}, Shape{5}, Shape{2, 1}, Shape{4, 1, 5}, Shape{2, 4, 2, 5}}) {
    CHECK(scaled_dot_product_attention(x, y, y, ones(mask, bool_)).shape() ==
          (mask.rank() == 4 ? Shape{2, 4, 2, 3} : Shape{4, 2, 3}));
  }
  CHECK(scaled_dot_product_attention(zeros({1, 2, 3}), zeros({1, 5, 3}), zeros({1, 5, 3}), ones({4, 2, 5}, bool_))
            .shape() == Shape{4, 2, 3});
  for (const double scale : {double{NAN}, double{INFINITY}}) {
    CHECK_THROWS_WITH(scaled_dot_product_attention(x, y, y, {}, scale),
                      Contains("scaled_dot_product_attention: scale must be finite, given "));
  }
  CHECK_THROWS_AS(scaled_dot_product_attention(zeros({2, 3}, int32), zeros({2, 3}), zeros({2, 3})), DTypeError);
}
