#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

// Mistakes that people make in derivatives, planted: gradcheck finds each, and says where.
namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;
using Rule = std::function<Tensors(const Tensors& given, const Tensors& in, const Tensors& out)>;

Tensor leaf(const Shape& shape, uint64_t seed = 1) {
  const Tensor x = sample(shape, {0.5, 2}, seed);
  x.set_requires_grad();
  return x;
}

// An operation that is computed right; its derivatives are given.
std::function<Tensors(const Tensors&)> with_rules(const std::function<Tensor(const Tensors&)>& forward, const Rule& vjp,
                                                  const Rule& jvp) {
  return [=](const Tensors& x) {
    return custom_op({"planted", [=](const Tensors& in) -> Tensors { return {forward(in)}; }, vjp, jvp}, x);
  };
}

// What the report says of the check, the input and the kind of mistake.
std::string first_words(const GradcheckReport& report) {
  CHECK_FALSE(report.passed);
  CHECK_THAT(report.message, Contains(": analytic ") && Contains(", numeric ") && Contains(", seed "));
  return report.message.substr(0, report.message.find(" at ["));
}

Tensor or_zeros(const Tensor& tangent, const Tensor& like) { return tangent.defined() ? tangent : zeros_like(like); }

}  // namespace

TEST_CASE("a wrong sign is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return cos(x[0]); },
                                [](const Tensors& g, const Tensors& x, const Tensors&) -> Tensors {
                                  return {g[0] * sin(x[0])};
                                },
                                [](const Tensors& t, const Tensors& x, const Tensors&) -> Tensors {
                                  return {-(t[0] * sin(x[0]))};
                                });
  const GradcheckReport report = gradcheck(wrong, {leaf({3})});
  CHECK(first_words(report) == "gradcheck: input 0");
  CHECK(report.analytic == Approx(-report.numeric));
}

TEST_CASE("a broadcast input whose gradient is not summed is caught, in whatever shape it comes") {
  const auto plus = [](const Rule& vjp) {
    return with_rules([](const Tensors& x) { return x[0] + x[1]; }, vjp,
                      [](const Tensors& t, const Tensors& x, const Tensors&) -> Tensors {
                        return {or_zeros(t[0], x[0]) + or_zeros(t[1], x[1])};
                      });
  };
  const auto first_row = plus([](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0], g[0][0]}; });
  CHECK(first_words(gradcheck(first_row, {leaf({2, 3}), leaf({3})})) == "gradcheck: input 1");
  const auto unsummed = plus([](const Tensors& g, const Tensors&, const Tensors&) -> Tensors { return {g[0], g[0]}; });
  CHECK_THROWS_WITH(gradcheck(unsummed, {leaf({2, 3}), leaf({3})}),
                    Contains("planted: vjp must return a gradient of shape [3] for input 1, got [2, 3]"));
}

TEST_CASE("a transposed factor is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return matmul(x[0], x[1]); },
                                [](const Tensors& g, const Tensors& x, const Tensors&) -> Tensors {
                                  return {matmul(g[0], x[1]), matmul(transpose(x[0]), g[0])};
                                },
                                [](const Tensors& t, const Tensors& x, const Tensors&) -> Tensors {
                                  return {matmul(or_zeros(t[0], x[0]), x[1]) + matmul(x[0], or_zeros(t[1], x[1]))};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({3, 3}), leaf({3, 3}, 2)})) == "gradcheck: input 0");
}

TEST_CASE("a term that was dropped is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return x[0] * exp(x[0]); },
                                [](const Tensors& g, const Tensors&, const Tensors& y) -> Tensors { return {g[0] * y[0]}; },
                                [](const Tensors& t, const Tensors& x, const Tensors& y) -> Tensors {
                                  return {t[0] * (y[0] + exp(x[0]))};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({4})})) == "gradcheck: input 0");
}

TEST_CASE("a sum along the wrong axis is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return softmax(x[0], 1); },
                                [](const Tensors& g, const Tensors&, const Tensors& y) -> Tensors {
                                  return {y[0] * (g[0] - sum(g[0] * y[0], 0, true))};
                                },
                                [](const Tensors& t, const Tensors&, const Tensors& y) -> Tensors {
                                  return {y[0] * (t[0] - sum(t[0] * y[0], 1, true))};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({3, 3})})) == "gradcheck: input 0");
}

TEST_CASE("the input saved where the output belongs is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return tanh(x[0]); },
                                [](const Tensors& g, const Tensors& x, const Tensors&) -> Tensors {
                                  return {g[0] * (1 - x[0] * x[0])};
                                },
                                [](const Tensors& t, const Tensors&, const Tensors& y) -> Tensors {
                                  return {t[0] * (1 - y[0] * y[0])};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({3})})) == "gradcheck: input 0");
}

TEST_CASE("a jvp that is not the transpose of the vjp is caught") {
  const Tensor a = sample({3, 3}, {0.5, 2}, 7);
  const auto wrong = with_rules([=](const Tensors& x) { return matmul(a, x[0]); },
                                [=](const Tensors& g, const Tensors&, const Tensors&) -> Tensors {
                                  return {matmul(transpose(a), g[0])};
                                },
                                [=](const Tensors& t, const Tensors&, const Tensors&) -> Tensors {
                                  return {matmul(transpose(a), t[0])};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({3, 2})})) == "gradcheck (forward mode): input 0");
  CHECK(gradcheck(wrong, {leaf({3, 2})}, {.forward = false}));
}

TEST_CASE("a derivative that cannot be differentiated again is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return exp(x[0]); },
                                [](const Tensors& g, const Tensors&, const Tensors& y) -> Tensors {
                                  return {g[0] * y[0].detach()};
                                },
                                [](const Tensors& t, const Tensors&, const Tensors& y) -> Tensors { return {t[0] * y[0]}; });
  CHECK(first_words(gradcheck(wrong, {leaf({3})})) == "gradcheck (second order): input 0");
}

TEST_CASE("a derivative that ignores the gradient given to it is caught") {
  const auto wrong = with_rules([](const Tensors& x) { return square(x[0]); },
                                [](const Tensors&, const Tensors& x, const Tensors&) -> Tensors { return {2 * x[0]}; },
                                [](const Tensors& t, const Tensors& x, const Tensors&) -> Tensors {
                                  return {2 * x[0] * t[0]};
                                });
  CHECK(first_words(gradcheck(wrong, {leaf({3})})) == "gradcheck: input 0");
}

TEST_CASE("a difference that is one-sided is called a kink, and a curved function is not") {
  const auto relu_of = [](const Tensors& x) -> Tensors { return {relu(x[0])}; };
  const Tensor x = tensor({1.0, 0.0}, float64).set_requires_grad();
  const GradcheckReport report = gradcheck(relu_of, {x});
  CHECK(first_words(report) == "gradcheck: input 0");
  CHECK(report.position == Shape{1});
  CHECK_THAT(report.message, Contains("; the differences to both sides are ") && Contains("as at a kink"));
  const auto wrong = with_rules([](const Tensors& in) { return exp(in[0] * 5); },
                                [](const Tensors& g, const Tensors&, const Tensors& y) -> Tensors { return {g[0] * y[0]}; },
                                [](const Tensors& t, const Tensors&, const Tensors& y) -> Tensors {
                                  return {t[0] * y[0] * 5};
                                });
  CHECK_THAT(gradcheck(wrong, {leaf({2})}).message, !Contains("kink"));
}

namespace {

// Multiplies by a factor, whose gradient it gets wrong if told so.
struct ScaleImpl : layers::LayerImpl {
  explicit ScaleImpl(bool is_wrong) : LayerImpl({.name = "scale", .dtype = float64}), wrong(is_wrong) {}
  void build(const Shape& input_shape) override {
    factor = add_weight("factor", {input_shape.back()}, initializers::RandomUniform({.minval = 1, .maxval = 2}));
  }
  Tensor call(const Tensor& x) { return x * (wrong ? factor * 0.5 + factor.detach() * 0.5 : factor); }

  const bool wrong;
  Tensor factor;
};
using Scale = Handle<ScaleImpl>;

}  // namespace

TEST_CASE("gradcheck of a layer and a model names the weight by its path") {
  const Tensor x = sample({4, 3}, {0.5, 2}, 3);
  Scale right(false), wrong(true);
  CHECK(gradcheck(right, x));
  const GradcheckReport report = gradcheck(wrong, x);
  CHECK(first_words(report) == "gradcheck: 'scale/factor'");
  CHECK(report.analytic == Approx(report.numeric / 2));
  CHECK(report.position.rank() == 1);

  Sequential model;
  model.add(layers::Dense(4, {.activation = "tanh", .dtype = float64}));
  model.add(layers::BatchNormalization({.dtype = float64}));
  model.add(layers::Dense(2, {.dtype = float64}));
  model(x);
  const std::vector<Tensor> before = model.get_weights();
  const GradcheckReport whole = gradcheck(model, x);
  INFO(whole.message);
  CHECK(whole);
  const GradcheckReport trained = gradcheck(model, x, {.check = {.allow_zero = true}, .training = true});
  INFO(trained.message);
  CHECK(trained);
  const GradcheckReport second = gradgradcheck(model, x);
  INFO(second.message);
  CHECK(second);
  const std::vector<Tensor> after = model.get_weights();
  for (std::size_t i = 0; i < before.size(); ++i) CHECK(array_equal(before[i], after[i]));

  layers::Dense single(2);
  CHECK_THROWS_WITH(gradcheck(single, x), Contains("kernel' is float32, expected float64"));
}

}  // namespace xtape::test
