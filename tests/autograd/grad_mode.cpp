#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

TEST_CASE("InferenceMode records nothing, whatever NoGrad says inside; EnableGrad records") {
  const Tensor w = tensor({2.0}).set_requires_grad();
  CHECK_FALSE(inference_mode_enabled());
  {
    const InferenceMode inference;
    CHECK(inference_mode_enabled());
    CHECK_FALSE(grad_enabled());
    CHECK_FALSE((w * w).requires_grad());
    {
      const NoGrad no_grad;
      CHECK(inference_mode_enabled());
    }
    const EnableGrad enable;
    CHECK_FALSE(inference_mode_enabled());
    CHECK((w * w).requires_grad());
  }
  CHECK(grad_enabled());
  CHECK((w * w).requires_grad());
}

TEST_CASE("tensors made in InferenceMode are ordinary ones for a tape afterwards") {
  const Tensor w = tensor({2.0, 3.0}).set_requires_grad();
  Tensor made;
  {
    const InferenceMode inference;
    made = w * 10;
    made += 1;
  }
  const Tensor y = w * made;
  y.sum().backward();
  CHECK(array_equal(w.grad(), tensor({21.0, 31.0})));
  // Saved again, and changed: found, also if it is changed in InferenceMode.
  const Tensor z = w * made;
  {
    const InferenceMode inference;
    made += 1;
  }
  CHECK_THROWS_WITH(z.sum().backward(), Contains("'multiply' saved was changed in place"));
  made.set_requires_grad();
  (made * 2).sum().backward();
  CHECK(array_equal(made.grad(), tensor({2.0, 2.0})));
}

TEST_CASE("in InferenceMode a softmax does not keep its logits") {
  const Tensor logits = tensor({{-200.0, 0.0}});
  const Tensor target = tensor({{1.0, 0.0}});
  const auto loss = [&](const Tensor& p) { return losses::CategoricalCrossentropy()(target, p).item(); };
  {
    const NoGrad no_grad;
    CHECK(loss(softmax(logits)) == Approx(200));
  }
  const InferenceMode inference;
  // -log of Keras's epsilon
  CHECK(loss(softmax(logits)) == Approx(-std::log(1e-7)));
}

TEST_CASE("stop_gradient lets values pass, and neither gradients nor tangents") {
  const Tensor x = tensor({3.0}).set_requires_grad();
  (x * stop_gradient(x)).backward();
  CHECK(x.grad().item() == 3);
  const auto [values, tangents] = jvp([](const Tensors& in) -> Tensors { return {in[0] * stop_gradient(in[0])}; },
                                      {tensor({3.0})}, {tensor({1.0})});
  CHECK(values[0].item() == 9);
  CHECK(tangents[0].item() == 3);
  CHECK_FALSE(stop_gradient(x).requires_grad());
  x.detach().fill(5);
  CHECK(stop_gradient(x).item() == 5);
  CHECK_THROWS_AS(stop_gradient(Tensor()), ValueError);
}
