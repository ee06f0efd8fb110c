#include <functional>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

using Function = std::function<Tensor(const Tensor&)>;

// First and second derivatives by predictions, in both modes, agree with differences.
void check_gradients(const char* name, const Function& loss, const Tensor& y_pred) {
  const auto function = [&](const std::vector<Tensor>& x) { return std::vector<Tensor>{loss(x[0])}; };
  const GradcheckReport first = gradcheck(function, {y_pred.detach().set_requires_grad()});
  INFO(name << ": " << first.message);
  CHECK(first);
  const GradcheckReport second = gradgradcheck(function, {y_pred.detach().set_requires_grad()});
  INFO(name << ", second derivatives: " << second.message);
  CHECK(second);
}

}  // namespace

TEST_CASE("derivatives of losses agree with differences") {
  set_random_seed(11);
  // Away from kinks: errors of 0 and delta, margins of 1.
  const Tensor numbers = tensor({{0.3, -1.7}, {2.4, 0.6}, {-0.4, 1.3}}, float64);
  const Tensor targets = tensor({{0.9, -0.4}, {0.2, 2.3}, {-3.1, 1.9}}, float64);
  const Tensor signs = tensor({{1, -1}, {1, 1}, {-1, -1}});
  const Tensor probabilities = rand({3, 2}, float64) * 0.8 + 0.1;
  const Tensor truths = tensor({{1, 0}, {1, 1}, {0, 1}}), rows = tensor({{1, 0}, {0, 1}, {0, 1}});
  const Tensor labels = tensor({0, 1, 1});
  const auto of = [](auto loss, const Tensor& y_true) {
    return [loss, y_true](const Tensor& y_pred) { return loss(y_true, y_pred); };
  };
  check_gradients("mape", of(losses::mean_absolute_percentage_error, targets), numbers);
  check_gradients("msle", of(losses::mean_squared_logarithmic_error, abs(targets)), abs(numbers));
  check_gradients("huber", of([](const Tensor& t, const Tensor& p) { return losses::huber(t, p, 0.7); }, targets),
                  numbers);
  check_gradients("log_cosh", of(losses::log_cosh, targets), numbers);
  check_gradients("cosine_similarity",
                  of([](const Tensor& t, const Tensor& p) { return losses::cosine_similarity(t, p); }, targets),
                  numbers);
  check_gradients("kl_divergence", of(losses::kl_divergence, flip(probabilities, 0)), probabilities);
  check_gradients("poisson", of(losses::poisson, abs(targets)), abs(numbers));
  check_gradients("hinge", of(losses::hinge, signs), numbers);
  check_gradients("squared_hinge", of(losses::squared_hinge, signs), numbers);
  check_gradients("categorical_hinge", of(losses::categorical_hinge, rows), numbers);
  for (const bool from_logits : {true, false}) {
    const Tensor& y_pred = from_logits ? numbers : probabilities;
    check_gradients(
        "binary_focal_crossentropy",
        of(
            [=](const Tensor& t, const Tensor& p) {
              return losses::binary_focal_crossentropy(
                  t, p,
                  {.apply_class_balancing = true, .gamma = 1.5, .from_logits = from_logits, .label_smoothing = 0.1});
            },
            truths),
        y_pred);
    check_gradients("categorical_focal_crossentropy",
                    of(
                        [=](const Tensor& t, const Tensor& p) {
                          return losses::categorical_focal_crossentropy(
                              t, p, {.alpha = {0.2, 0.7}, .from_logits = from_logits, .label_smoothing = 0.1});
                        },
                        rows),
                    y_pred);
  }
  check_gradients(
      "categorical_generalized_cross_entropy",
      of([](const Tensor& t, const Tensor& p) { return losses::categorical_generalized_cross_entropy(t, p, 0.3); },
         labels),
      probabilities);
  check_gradients("dice", of([](const Tensor& t, const Tensor& p) { return losses::dice(t, p, -1); }, truths),
                  probabilities);
  check_gradients("tversky",
                  of([](const Tensor& t, const Tensor& p) { return losses::tversky(t, p, 0.3, 0.6); }, truths),
                  probabilities);
  check_gradients(
      "circle",
      of([](const Tensor& t, const Tensor& p) { return losses::circle(t, p, {}, {}, {.gamma = 2, .margin = 0.3}); },
         labels),
      tensor({{0.7, 0.6}, {-0.6, 0.7}, {0.3, -0.8}}, float64));
  check_gradients("ctc", of(losses::ctc, tensor({{1, 2}, {2, 2}})), randn({2, 4, 3}, float64));
}

TEST_CASE("losses give no gradient to what a mask excludes, and take what it excludes for nothing") {
  const Tensor mask = tensor({{true, false}, {true, true}});
  const Tensor y_true = tensor({{{1, 0}, {0, 1}}, {{0, 1}, {1, 0}}});
  for (const char* name :
       {"mape", "msle", "huber", "log_cosh", "cosine_similarity", "kld", "poisson", "hinge", "squared_hinge",
        "categorical_hinge", "binary_focal_crossentropy", "categorical_focal_crossentropy"}) {
    INFO(name);
    const losses::Loss loss = name;
    Tensor y_pred = rand({2, 2, 2}) * 0.8 + 0.1;
    const double expected = loss(y_true, with_mask(y_pred, mask)).item();
    y_pred.select(0, 0).select(0, 1).fill(NAN);
    y_pred.set_requires_grad();
    const Tensor value = loss(y_true, with_mask(y_pred, mask));
    CHECK(value.item() == Approx(expected));
    const Tensor gradient = grad(value, y_pred);
    CHECK(array_equal(gradient[0][1], zeros({2})));
    CHECK(all(isfinite(gradient)).item<bool>());
  }
}

TEST_CASE("losses run in captured functions") {
  const Tensor y_true = tensor({{1, 0}, {0, 1}, {0, 1}}), labels = tensor({0, 1, 1});
  const Tensor y_pred = rand({3, 2}) * 0.8 + 0.1;
  for (const char* name :
       {"mape", "huber", "cosine_similarity", "kld", "hinge", "categorical_hinge", "dice", "binary_focal_crossentropy",
        "categorical_focal_crossentropy", "circle", "categorical_generalized_cross_entropy"}) {
    INFO(name);
    const losses::Loss loss = name;
    const Tensor& target = loss.name() == "circle" || loss.name().starts_with("categorical_gen") ? labels : y_true;
    const auto program =
        capture([&](const std::vector<Tensor>& x) { return std::vector<Tensor>{loss(target, x[0])}; }, {y_pred});
    CHECK(program({y_pred})[0].item() == loss(target, y_pred).item());
  }
}
