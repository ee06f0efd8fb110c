#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

// Functions that run others with another handle of a tensor, at another time, or for several examples at once, do not
// lose its mask.
namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;

struct MeanOfStepsImpl : layers::LayerImpl {
  MeanOfStepsImpl() : LayerImpl({.dtype = float64}) {}
  Tensor call(const Tensor& x) {
    if (!mask().defined()) return mean(x, 1);
    const Tensor counts = mask().expand_dims(-1).astype(x.dtype());
    return sum(x * counts, 1) / sum(counts, 1);
  }
};
using MeanOfSteps = Handle<MeanOfStepsImpl>;

// The same, computed in a checkpoint.
struct CheckpointedMeanImpl : layers::LayerImpl {
  CheckpointedMeanImpl() : LayerImpl({.dtype = float64}) {}
  Tensor call(const Tensor& x) {
    const auto steps = [](const Tensor& part) {
      const Tensor counts = mask().defined() ? mask().expand_dims(-1).astype(part.dtype()) : ones_like(part);
      return sum(square(part) * counts, 1) / sum(counts, 1);
    };
    return nested ? checkpoint([&](const Tensor& part) { return checkpoint(steps, part * 1); }, x)
                  : checkpoint(steps, x);
  }
  bool nested = false;
};

const Tensor counts = tensor({{true, true, false}, {true, false, false}});
Tensor steps() { return sample({2, 3, 4}, {-1, 1}, 1); }

}  // namespace

TEST_CASE("vmap gives each example its part of the mask") {
  const MeanOfSteps layer;
  const Tensor x = with_mask(steps(), counts), expected = layer(x);
  const auto of_batch = [&](const Tensor& one) { return layer(one); };
  const auto of_example = [&](const Tensor& one) {
    return layer(with_mask(one.expand_dims(0), mask_of(one).expand_dims(0)))[0];
  };
  CHECK(allclose(vmap(of_example)(x), expected, 1e-12));
  CHECK(allclose(vmap([](const Tensor& one) { return mask_of(one).astype(float64); })(x), counts.astype(float64)));

  // Steps mapped away: what counts differs between them.
  const Tensor by_step = vmap([](const Tensor& one) { return mask_of(one).astype(int64); }, {.in_axes = 1})(x);
  CHECK(array_equal(by_step, transpose(counts).astype(int64)));
  // The mapped axis is none of the mask's, which is that of all examples.
  const Tensor many = with_mask(stack({steps(), 2 * steps()}, 2), counts);
  CHECK(allclose(vmap(of_batch, {.in_axes = 2, .out_axes = 1})(many), stack({expected, 2 * expected}, 1), 1e-12));
  // An input that is not mapped keeps its own.
  const auto scaled =
      vmap([&](const Tensors& in) -> Tensors { return {layer(in[1]) * in[0]}; }, {.in_axes = {0, unmapped}});
  CHECK(allclose(scaled({tensor({1.0, 3.0}, float64), x})[0], stack({expected, 3 * expected}), 1e-12));

  const auto total = [&](const Tensor& one) { return sum(square(of_example(one))); };
  const auto gradients = vmap([&](const Tensor& one) { return value_and_grad(total, one).second; })(x);
  const Tensor plain = steps().set_requires_grad();
  CHECK(allclose(gradients, grad(sum(square(layer(with_mask(plain, counts)))), plain), 1e-12));
}

TEST_CASE("derivatives of functions are those at a tensor with its mask", "[derivatives]") {
  const MeanOfSteps layer;
  const Tensor x = with_mask(steps(), counts), direction = sample({2, 3, 4}, {-1, 1}, 2);
  const auto [value, tangent] = jvp([&](const Tensor& in) { return layer(in); }, x, direction);
  CHECK(array_equal(value, layer(x)));
  CHECK(allclose(tangent, layer(with_mask(direction, counts)), 1e-12));
  const auto total = [&](const Tensor& in) { return sum(square(layer(in))); };
  const Tensor plain = steps().set_requires_grad();
  const Tensor gradient = grad(total(with_mask(plain, counts)), plain, {.create_graph = true});
  CHECK(allclose(value_and_grad(total, x).second, gradient, 1e-12));
  const auto function = [&](const Tensor& in) { return layer(in); };
  const auto with_own = [&](const Tensor& in) { return layer(with_mask(in, counts)); };
  for (const JacobianMode mode : {JacobianMode::forward, JacobianMode::reverse}) {
    CHECK(allclose(jacobian(function, x, {.mode = mode}), jacobian(with_own, steps(), {.mode = mode}), 1e-12));
  }
  CHECK(allclose(hvp(total, x, direction), grad(sum(gradient * direction), plain), 1e-12));
}

TEST_CASE("a program refuses inputs with a mask, and says how to give it one") {
  const MeanOfSteps layer;
  const Tensor x = with_mask(steps(), counts), expected = layer(x);
  const auto function = [&](const Tensors& in) -> Tensors { return {layer(in[0])}; };
  CHECK_THROWS_MATCHES(capture(function, {x}), AutogradError,
                       Message("capture: input 0 of shape [2, 3, 4] has a mask, which a program does not see; give the "
                               "mask as an input of its own, and call with_mask(x, mask) in the function that is "
                               "captured"));
  const Program unmasked = capture(function, {steps()});
  CHECK_THROWS_AS(unmasked({x}), AutogradError);
  CHECK_THROWS_WITH(unmasked(x), Contains("program: input 0 of shape [2, 3, 4] has a mask"));
  CHECK(array_equal(unmasked(with_mask(x, {})), layer(steps())));

  const Program masked =
      capture([&](const Tensors& in) -> Tensors { return {layer(with_mask(in[0], in[1]))}; }, {steps(), counts});
  CHECK(array_equal(masked({steps(), counts})[0], expected));
  const Tensor others = logical_not(tensor({{true, false, false}, {true, true, false}}));
  CHECK(array_equal(masked({steps(), others})[0], layer(with_mask(steps(), others))));
}

TEST_CASE("a checkpoint runs again with the masks of its inputs") {
  const MeanOfSteps layer;
  const auto gradient = [&](bool cut) {
    const Tensor x = steps().set_requires_grad();
    const auto block = [&](const Tensor& in) { return square(layer(in)); };
    const Tensor masked = with_mask(x, counts);
    return grad(sum(cut ? checkpoint(block, masked) : block(masked)), x);
  };
  CHECK(array_equal(gradient(true), gradient(false)));
  // A leaf that has one itself.
  const Tensor leaf = with_mask(steps(), counts).set_requires_grad();
  const auto block = [&](const Tensor& in) { return square(layer(in)); };
  CHECK(array_equal(grad(sum(checkpoint(block, leaf)), leaf), gradient(false)));
  // One that is changed after the call would be another one.
  const Tensor x = steps().set_requires_grad(), own = counts.clone();
  const Tensor y = sum(checkpoint(block, with_mask(x, own)));
  own.fill(true);
  CHECK_THROWS_WITH(y.backward(), Contains("changed in place"));
}

TEST_CASE("a checkpoint in a call runs again with the masks of the call") {
  const Handle<CheckpointedMeanImpl> layer;
  const auto differs = [&](const Tensor& in) {
    const Tensor expected =
        2 * in * counts.expand_dims(-1).astype(float64) / sum(counts.astype(float64), 1, true).expand_dims(-1);
    return max(abs(grad(sum(layer(with_mask(in, counts))), in) - expected)).item();
  };
  for (const bool nested : {false, true}) {
    layer->nested = nested;
    INFO("nested: " << nested);
    CHECK(differs(steps().set_requires_grad()) < 1e-12);
    const auto function = [&](const Tensors& in) -> Tensors { return {layer(with_mask(in[0], counts))}; };
    CHECK(gradcheck(function, {steps().set_requires_grad()}).passed);
    // Without a mask none of another call is found.
    const Tensor x = steps().set_requires_grad();
    CHECK(allclose(grad(sum(layer(x)), x), 2 * x / 3, 1e-12));
  }
}

TEST_CASE("results of a checkpoint have the masks of the plain call") {
  const layers::Dense dense(2, {.dtype = float64});
  const Tensor x = with_mask(steps().set_requires_grad(), counts);
  const Tensor y = checkpoint([&](const Tensor& in) { return dense(in); }, x);
  CHECK(array_equal(mask_of(y), counts));
  CHECK(y.requires_grad());
}

}  // namespace xtape::test
