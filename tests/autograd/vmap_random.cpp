#include "autograd/vmap.hpp"

namespace xtape::test {

TEST_CASE("dropout under vmap needs a choice") {
  const Tensor x = ones({50, 40}, float64);
  const auto drop = [](const Tensor& v) { return dropout(v, 0.5); };
  CHECK_THROWS_WITH(vmap(drop)(x), Contains("dropout: vmap does not know whether examples are to draw the same random "
                                            "numbers; pass .randomness = Randomness::different or Randomness::same"));
  CHECK_THROWS_AS(vmap([](const Tensor& v) { return v * dropout(ones({40}, float64), 0.5); })(x), AutogradError);

  set_random_seed(3);
  const Tensor different = vmap(drop, {.randomness = Randomness::different})(x);
  set_random_seed(3);
  check_equal(different, loop(drop, x));
  CHECK_FALSE(array_equal(different[0], different[1]));

  set_random_seed(3);
  const Tensor same = vmap(drop, {.randomness = Randomness::same})(x);
  set_random_seed(3);
  check_equal(same, broadcast_to(drop(x[0]), x.shape()));

  // An argument that is not mapped.
  const auto drop_ones = [](const Tensor& v) { return v * dropout(ones({40}, float64), 0.5); };
  set_random_seed(3);
  check_equal(vmap(drop_ones, {.randomness = Randomness::different})(x), different);
  set_random_seed(3);
  check_equal(vmap(drop_ones, {.randomness = Randomness::same})(x), same);
}

TEST_CASE("gradients and tangents of dropout under vmap take its mask") {
  const Tensor x = numbers({5, 70}) + 3;
  const Function drop = [](const Tensor& v) { return dropout(v, 0.5); };
  for (const Randomness randomness : {Randomness::different, Randomness::same}) {
    set_random_seed(5);
    const Tensor kept = vmap(drop, {.randomness = randomness})(x) / x;
    set_random_seed(5);
    check_equal(vmap([&](const Tensor& v) { return gradient(drop, v); }, {.randomness = randomness})(x), kept);
    set_random_seed(5);
    check_equal(vmap([&](const Tensor& v) { return forward(drop, v, ones_like(v)); }, {.randomness = randomness})(x),
                kept);
    set_random_seed(5);
    const Tensor variable = x.detach().set_requires_grad();
    check_equal(grad(sum(vmap(drop, {.randomness = randomness})(variable)), variable), kept);
  }
}

TEST_CASE("random numbers under vmap are drawn as is said") {
  const Tensor x = zeros({3, 5}, float64);
  const auto noise = [](const Tensor& v) {
    const Tensor uniform = rand({5}, float64);
    return v + uniform + randn({5}, float64);
  };
  CHECK_THROWS_WITH(vmap(noise)(x), Contains("rand: vmap does not know"));
  const Tensor different = vmap(noise, {.randomness = Randomness::different})(x);
  CHECK_FALSE(allclose(different[0], different[1]));
  set_random_seed(4);
  const Tensor same = vmap(noise, {.randomness = Randomness::same})(x);
  set_random_seed(4);
  check_equal(same, broadcast_to(noise(x[0]), {3, 5}));
  const auto whole = [](const Tensor& v) { return v + randint(0, 1000, {5}) + randperm(5); };
  const Tensor numbers_of_each = vmap(whole, {.randomness = Randomness::different})(x);
  CHECK_FALSE(array_equal(numbers_of_each[0], numbers_of_each[1]));
  const auto shuffled = [](const Tensor& v) { return v + randperm(5); };
  const Tensor permutations = vmap(shuffled, {.randomness = Randomness::different})(x);
  check_equal(sum(permutations, -1), full({3}, 10, float64));
  CHECK(min(permutations).item() == 0);
  CHECK(max(permutations).item() == 4);
}

TEST_CASE("each level of vmap has its own choice of random numbers") {
  const Tensor x = ones({4, 6, 30}, float64);
  const Function drop = [](const Tensor& v) { return dropout(v, 0.5); };
  const auto nested = [&](Randomness outer, Randomness inner) {
    set_random_seed(9);
    return vmap([&](const Tensor& v) { return vmap(drop, {.randomness = inner})(v); }, {.randomness = outer})(x);
  };
  const Tensor both = nested(Randomness::different, Randomness::different);
  CHECK_FALSE(array_equal(both[0], both[1]));
  CHECK_FALSE(array_equal(both[0][0], both[0][1]));
  const Tensor outer = nested(Randomness::different, Randomness::same);
  CHECK_FALSE(array_equal(outer[0], outer[1]));
  CHECK(array_equal(outer[2], broadcast_to(outer[2][0], {6, 30})));
  const Tensor inner = nested(Randomness::same, Randomness::different);
  CHECK(array_equal(inner, broadcast_to(inner[0], x.shape())));
  CHECK_FALSE(array_equal(inner[0][0], inner[0][1]));
  CHECK_THROWS_AS(nested(Randomness::error, Randomness::different), AutogradError);
}

}  // namespace xtape::test
