#include "autograd/vmap.hpp"

namespace xtape::test {

TEST_CASE("mapped tensors are changed in place example by example") {
  const Tensor x = numbers({3, 4}), y = numbers({4}, 2);
  check_equal(vmap([&](const Tensor& v) {
                Tensor total = v * 1;
                total += v;
                total *= y;
                total -= 1;
                total[0].assign(sum(v));
                total.slice(0, {2, 4}).fill(7);
                return total;
              })(x),
              concatenate({sum(x, 1, true), (2 * x * y - 1).slice(1, {1, 2}), full({3, 2}, 7, float64)}, 1));
  // The argument shares its elements with what was given.
  const Tensor given = x.clone();
  vmap([](const Tensor& v) { return v += 1; })(given);
  check_equal(given, x + 1);
}

TEST_CASE("a tensor that is one for all examples takes in no mapped one") {
  const Tensor x = numbers({3, 4});
  const auto of = [&](const std::function<void(const Tensor&)>& change) {
    return [&x, change] {
      vmap([&](const Tensor& v) {
        change(v);
        return v;
      })(x);
    };
  };
  const Tensor one = zeros({4}, float64);
  CHECK_THROWS_WITH(
      of([&](const Tensor& v) { one.assign(v); })(),
      Contains("assign: a tensor of shape [4] that is one for all examples of vmap cannot take in one that is "
               "mapped"));
  CHECK_THROWS_AS(of([&](const Tensor& v) { one += v; })(), AutogradError);
  CHECK_THROWS_WITH(of([&](const Tensor& v) { v += ones({5}, float64); })(), Contains("[5]"));
  CHECK_THROWS_AS(of([&](const Tensor& v) { v.detach().set_requires_grad() += 1; })(), AutogradError);
  CHECK_THROWS_WITH(of([&](const Tensor& v) { sgd_update({one}, {v}, {}, {.learning_rate = 1}); })(),
                    Contains("is mapped by vmap, which a change in place would lose"));
  CHECK(array_equal(one, zeros({4}, float64)));
}

}  // namespace xtape::test
