#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("labels are padded with 0, and all steps count") {
  const Tensor logits = randn({2, 6, 4}), labels = tensor({{1, 3, 3}, {2, 0, 0}});
  const Tensor expected = ctc_loss(labels, logits, tensor({3, 1}), tensor({6, 6}));
  CHECK(allclose(losses::ctc(labels, logits), expected));
  CHECK(losses::CTC()(labels.astype(float32), logits).item() == Approx(mean(expected).item()));
  CHECK(losses::Loss("ctc")->name() == "ctc");
}

TEST_CASE("ctc checks that labels have room, and where padding is") {
  const losses::CTC loss;
  CHECK_THROWS_MATCHES(loss(tensor({{1, 2, 2}}), zeros({1, 3, 4})), ValueError,
                       Message("ctc: the labels of sample 0 need 4 steps, one for each and one between two equal ones, "
                               "but predictions have 3"));
  CHECK_THROWS_MATCHES(
      loss(tensor({{1, 2, 3}, {1, 0, 2}}), zeros({2, 5, 4})), ValueError,
      Message("ctc: sample 1 has a 0, the class of blanks and padding, in front of label 2; labels are "
              "from 1 on, and padding is at the end"));
  CHECK_THROWS_MATCHES(loss(tensor({{1, 4}}), zeros({1, 5, 4})), IndexError,
                       Message("ctc: label 4 at position [0, 1] is outside [0, 4)"));
  CHECK_THROWS_AS(loss.check_targets(tensor({{1, 2, 2}}), {1, 3, 4}), ValueError);
  CHECK_THROWS_MATCHES(loss.check_targets(tensor({1, 2}), {2, 3, 4}), ShapeError,
                       Message("ctc: expected labels [2, labels] for predictions [2, 3, 4], given [2]"));
  CHECK_THROWS_MATCHES(loss(tensor({{1}}), zeros({1, 4})), ShapeError,
                       Message("ctc: expected logits [batch, time, classes], given [1, 4]"));
}

TEST_CASE("ctc_loss checks shapes, labels and lengths") {
  const Tensor target = tensor({{1, 2}}), output = zeros({1, 4, 3}), two = tensor({2}), four = tensor({4});
  CHECK_THROWS_MATCHES(ctc_loss(target, zeros({4, 3}), two, four), ShapeError,
                       Message("ctc_loss: expected output [batch, time, classes], given [4, 3]"));
  CHECK_THROWS_MATCHES(ctc_loss(tensor({1, 2}), output, two, four), ShapeError,
                       Message("ctc_loss: expected target [1, labels] for output [1, 4, 3], given [2]"));
  CHECK_THROWS_MATCHES(ctc_loss(target, output, tensor({2, 2}), four), ShapeError,
                       Message("ctc_loss: expected target_length [1] for output [1, 4, 3], given [2]"));
  CHECK_THROWS_MATCHES(ctc_loss(target, output, tensor({3}), four), IndexError,
                       Message("ctc_loss: target_length 3 at position 0 is outside [0, 3)"));
  CHECK_THROWS_AS(ctc_loss(target, output, two, tensor({5})), IndexError);
  CHECK_THROWS_AS(ctc_loss(target, output, tensor({1.5}), four), ValueError);
  CHECK_THROWS_MATCHES(ctc_loss(target, output, two, four, 3), IndexError,
                       Message("ctc_loss: mask_index 3 is outside [0, 3)"));
  CHECK_THROWS_MATCHES(ctc_loss(tensor({{1, 3}}), output, two, four), IndexError,
                       Message("ctc_loss: label 3 at position [0, 1] is outside [0, 3)"));
  CHECK_THROWS_MATCHES(ctc_loss(tensor({{1, 0}}), output, two, four), ValueError,
                       Message("ctc_loss: the label at position [0, 1] is mask_index, the class of blanks; labels are "
                               "other classes, and padding is at the end"));
  // What does not count may be anything.
  CHECK(ctc_loss(tensor({{1, -1}}), output, tensor({1}), four).item() ==
        ctc_loss(tensor({{1}}), output, tensor({1}), four).item());
}

TEST_CASE("a target without room has the loss infinity and the gradient 0") {
  const Tensor output = randn({2, 2, 3}).set_requires_grad();
  const Tensor loss = ctc_loss(tensor({{1, 1}, {1, 2}}), output, tensor({2, 2}), tensor({2, 2}));
  CHECK(std::isinf(loss[0].item()));
  const Tensor gradient = grad(loss.sum(), output, {.create_graph = true});
  CHECK(array_equal(gradient[0], zeros({2, 3})));
  CHECK(all(isfinite(gradient)).item<bool>());
}

TEST_CASE("a network learns to spell") {
  set_random_seed(1);
  Tensor logits = zeros({1, 8, 4}).set_requires_grad();
  const Tensor labels = tensor({{1, 2, 2, 3}});
  for (int step = 0; step < 200; ++step) {
    const Tensor slope = grad(losses::ctc(labels, logits).sum(), logits);
    logits = (logits.detach() - 5 * slope).set_requires_grad();
  }
  CHECK(losses::ctc(labels, logits).item() < 0.1);
}
