#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Losses of one's own that give one number for the batch, beside masks and weights of samples.

using namespace xtape;

namespace {

const Tensor mask = tensor({{true, true, false, false}, {true, false, false, false}});
const Tensor y = zeros({2, 4, 3});

Tensor predictions() { return with_mask(full({2, 4, 3}, 2), mask); }

losses::Loss four(const std::string& reduction) {
  return losses::LossFunction(
      "four", [](const Tensor& y_true, const Tensor& y_pred) { return mean(square(y_pred - y_true)); }, reduction);
}

}  // namespace

TEST_CASE("a loss that is one number counts for each step that the mask leaves, as in Keras") {
  // keras.src.losses.loss.reduce_weighted_values: the number times total / valid of each step that is left, over total.
  CHECK(four("sum_over_batch_size")(y, predictions()).item() == Approx(4));
  CHECK(four("mean")(y, predictions()).item() == Approx(4));
  CHECK(four("mean_with_sample_weight")(y, predictions()).item() == Approx(4));
  CHECK(four("sum")(y, predictions()).item() == Approx(12));
  CHECK(array_equal(four("none")(y, predictions()), 4 * mask.astype(float32)));
}

TEST_CASE("a loss that is one number is weighed by samples and mask at once") {
  // Of three steps that are left, two of the first sample.
  const Tensor weights = tensor({1.0, 4.0});
  CHECK(four("sum_over_batch_size")(y, predictions(), weights).item() == Approx(4 * (1 + 1 + 4) / 3.0));
  CHECK(four("sum")(y, predictions(), weights).item() == Approx(4 * (1 + 1 + 4)));
  CHECK(four("mean_with_sample_weight")(y, predictions(), weights).item() == Approx(4));
}

TEST_CASE("a loss that is one number is 0 where the mask leaves nothing") {
  const Tensor none = with_mask(full({2, 4, 3}, 2), zeros({2, 4}, bool_));
  CHECK(four("sum_over_batch_size")(y, none).item() == 0);
  CHECK(four("sum")(y, none).item() == 0);
}

TEST_CASE("a mask of samples, and one of the number itself, count too") {
  const Tensor of_samples = with_mask(full({2, 3}, 2), tensor({true, false}));
  CHECK(four("sum_over_batch_size")(zeros({2, 3}), of_samples).item() == Approx(4));
  CHECK(four("sum")(zeros({2, 3}), of_samples).item() == Approx(4));
  const losses::Loss masked([](const Tensor& y_true, const Tensor& y_pred) {
    return with_mask(mean(square(y_pred - y_true)), Tensor(false));
  });
  CHECK(masked(y, predictions()).item() == 0);
}

TEST_CASE("a loss that is one number has the gradient of that number, of all steps") {
  const Tensor x = full({2, 4, 3}, 2).set_requires_grad();
  four("sum_over_batch_size")(y, with_mask(x * 1, mask)).backward();
  CHECK(allclose(x.grad(), full({2, 4, 3}, 4.0 / 24), 1e-6));
}

TEST_CASE("fit trains with a loss that is one number on predictions with a mask") {
  set_random_seed(1);
  const Sequential model{layers::Masking({.input_shape = {4, 3}}), layers::Dense(1)};
  model.compile({.optimizer = "sgd",
                 .loss = [](const Tensor& y_true, const Tensor& y_pred) { return mean(square(y_pred - y_true)); }});
  const Tensor x = concatenate({rand({6, 2, 3}), zeros({6, 2, 3})}, 1), target = ones({6, 4, 1});
  const double expected = mean(square(model(x) - target)).item();
  CHECK(model.evaluate(x, target, {.batch_size = 6, .verbose = 0})["loss"] == Approx(expected));
  const History history = model.fit(x, target, {.batch_size = 6, .epochs = 3, .verbose = 0});
  CHECK(history["loss"].front() == Approx(expected));
  CHECK(history["loss"].back() < history["loss"].front());
}
