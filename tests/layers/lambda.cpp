#include <functional>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using layers::Lambda;

TEST_CASE("Identity returns its input, mask and all") {
  const Tensor x = with_mask(randn({2, 3, 4}), ones({2, 3}).astype(bool_));
  const layers::Identity identity({.name = "i"});
  CHECK(array_equal(identity(x), x));
  CHECK(array_equal(mask_of(identity(x)), mask_of(x)));
  CHECK(identity.compute_output_shape({-1, -1, 4}) == Shape{-1, -1, 4});
  CHECK(layers::clone(identity).get_config() == identity.get_config());
  CHECK(identity.count_params() == 0);
}

TEST_CASE("Lambda makes a layer of a function") {
  const Lambda square([](const Tensor& x) { return x * x; });
  const Tensor x = tensor({{1.0, -2.0}}).astype(float32).set_requires_grad();
  CHECK(array_equal(square(x), x * x));
  square(x).sum().backward();
  CHECK(array_equal(x.grad(), x * 2));
  CHECK(Lambda([](const Tensor& t) {
          return t.reshape({t.shape(0), -1});
        }).compute_output_shape({-1, 2, 3}) == Shape{-1, 6});

  const Lambda distance([](const std::vector<Tensor>& inputs) { return abs(inputs[0] - inputs[1]); });
  CHECK(array_equal(distance({x, x * 3}), abs(x * 2)));
  CHECK_THROWS_MATCHES(Lambda([](const Tensor& t) { return t; }, {.name = "one"})({x, x}), ValueError,
                       Message("one: expected 1 tensor, given 2"));
  CHECK_THROWS_WITH(Lambda(std::function<Tensor(const Tensor&)>()), "Lambda: the function is empty");
}

TEST_CASE("Lambda is a step of models of both kinds") {
  const Lambda twice([](const Tensor& x) { return x * 2; }, {.name = "twice"});
  const Sequential sequential{layers::Dense(3), twice};
  const Tensor x = randn({2, 4});
  CHECK(allclose(sequential(x), sequential.layers()[0](x) * 2));
  const Symbol input = Input({-1, 4});
  const Symbol total = Lambda([](const Tensor& t) { return sum(t, -1); })(input);
  CHECK(total.shape() == Shape{-1, -1});
  CHECK(array_equal(Model(input, total)(ones({2, 5, 4})), full({2, 5}, 4)));
  const Symbol shaped = Lambda([](const Tensor& t) { return sum(t, 1); }, {.output_shape = Shape{4}})(input);
  CHECK(shaped.shape() == Shape{-1, 4});
}

TEST_CASE("Lambda ends masks, or makes them as it is told") {
  const Tensor x = with_mask(ones({1, 2, 3}), tensor({{true, false}}));
  const auto function = [](const Tensor& t) { return t + 1; };
  CHECK_FALSE(has_mask(Lambda(function)(x)));
  const Lambda keeps(function, {.mask = [](const Tensor&, const Tensor& mask) { return mask; }});
  CHECK(array_equal(mask_of(keeps(x)), mask_of(x)));
  CHECK_FALSE(has_mask(keeps(ones({1, 2, 3}))));
  const Lambda makes(function, {.mask = [](const Tensor& t, const Tensor&) { return any(t != 0, -1); }});
  CHECK(array_equal(mask_of(makes(tensor({{{0.0}, {3.0}}}))), tensor({{false, true}})));
}

TEST_CASE("a layer that a Lambda calls is a part of it") {
  const layers::Dense dense(2);
  const Lambda calls([dense](const Tensor& x) { return dense(x) * 2; });
  const Tensor x = randn({3, 4});
  CHECK(allclose(calls(x), dense(x) * 2));
  CHECK(calls.weights().size() == 2);
}

TEST_CASE("Lambda is refused where layers are written, read or cloned") {
  const Lambda square([](const Tensor& x) { return x * x; }, {.name = "square"});
  const char* text =
      "square: get_config: a Lambda is a function of C++, which cannot be written; make it a layer of your own, a "
      "LayerImpl that lists its options, and register that";
  CHECK_THROWS_MATCHES(square.get_config(), ValueError, Message(text));
  CHECK_THROWS_MATCHES(layers::clone(Sequential{layers::Dense(2), square}), ValueError, Message(text));
  CHECK_THROWS_WITH(layers::deserialize(parse_json(R"({"class_name": "Lambda", "config": {"function": {}}})")),
                    Contains("Lambda: its function is no part of a file"));
}
