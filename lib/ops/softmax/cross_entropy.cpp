#include <string>
#include <xtape/detail/labels.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/cross_entropy.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/functions.hpp"
#include "kernels/softmax/softmax.hpp"
#include "ops/support/annotation.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Saved;

namespace {

// Keras's guard against log(0) (backend.epsilon()).
constexpr double epsilon = 1e-7;

Shape without_last(const Shape& shape) { return Shape(shape.begin(), shape.end() - 1); }

void check_targets(const char* name, const Tensor& target, const Tensor& prediction) {
  core::check_defined(name, target);
  core::check_defined(name, prediction);
  if (target.shape() != prediction.shape()) {
    throw ShapeError(std::string(name) + ": target and prediction must have the same shape: target " +
                     target.shape().str() + ", prediction " + prediction.shape().str());
  }
}

// Labels as contiguous int64, each of which names a class.
Tensor class_labels(const char* name, const Tensor& given, const Tensor& prediction) {
  core::check_defined(name, given);
  core::check_defined(name, prediction);
  const Tensor labels = detail::labels_for(name, given.detach(), prediction.shape());
  return detail::whole_numbers_below(std::string(name) + ": label", labels, prediction.shape().back());
}

// Each row of slopes times the gradient of its loss. Of a loss that does not count 0 stays 0, whatever its logits are;
// the kernels do the same.
Tensor scaled_slopes(const Tensor& g, const Tensor& slopes) {
  const Tensor of_rows = expand_dims(g, -1);
  return of_rows * formulas::slope_for(of_rows, slopes);
}

// Rows scaled to sum to 1, then clipped, as Keras does.
Tensor log_of_probabilities(const Tensor& probabilities) {
  // A row of zeros stays one, and is then clipped.
  const Tensor total = sum(probabilities, -1, true);
  const Tensor normalized = probabilities / where(total == 0, 1, total);
  return log(clip(normalized, epsilon, 1 - epsilon));
}

}  // namespace

Tensor categorical_crossentropy_from_logits(const Tensor& given_target, const Tensor& given_logits) {
  constexpr const char* name = "categorical_crossentropy";
  check_targets(name, given_target, given_logits);
  detail::check_classes(name, given_logits.shape());
  const Tensor logits = ops::contiguous_floating(name, given_logits);
  const Tensor target = ops::contiguous(name, ops::converted(name, given_target, logits.dtype()));
  const int64_t classes = logits.shape().back();

  Tensor loss = core::make_tensor(without_last(logits.shape()), logits.dtype(), name);
  const Tensor log_sums = core::make_tensor({loss.numel(), 2}, logits.dtype(), name);
  core::switch_floating(logits.dtype(), [&]<class T>(T) {
    kernels::cross_entropy(core::elements<const T>(logits), core::elements<const T>(target), core::elements<T>(loss),
                           core::elements<T>(log_sums), loss.numel(), classes);
  });

  if (autograd::needs_grad(target, logits)) {
    autograd::record(
        name, loss, Inputs{target, logits},
        [target = Saved(target), logits = Saved(logits), log_sums, classes](const Tensor& g, Gradients& gradients) {
          const Tensor t = target.get();
          const Tensor z = logits.get();
          if (gradients.needed(0)) gradients.set(0, scaled_slopes(-g, log_softmax(z)));
          if (!gradients.needed(1)) return;
          if (autograd::recording) {
            gradients.set(1, scaled_slopes(g, softmax(z) * sum(t, -1, true) - t));
            return;
          }
          const Tensor gradient = ops::contiguous(name, g);
          const Tensor result = core::make_like(z, name);
          core::switch_floating(z.dtype(), [&]<class T>(T) {
            kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, T>{.rows = gradient.numel(),
                                                                      .columns = classes,
                                                                      .g = core::elements<const T>(gradient),
                                                                      .logits = core::elements<const T>(z),
                                                                      .targets = core::elements<const T>(t),
                                                                      .log_sums = core::elements<const T>(log_sums),
                                                                      .out = core::elements<T>(result)});
          });
          gradients.set(1, result);
        });
  }
  return loss;
}

Tensor categorical_crossentropy(const Tensor& target, const Tensor& probabilities) {
  check_targets("categorical_crossentropy", target, probabilities);
  detail::check_classes("categorical_crossentropy", probabilities.shape());
  if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::softmax); logits.defined()) {
    return categorical_crossentropy_from_logits(target, logits);
  }
  return -sum(target * log_of_probabilities(probabilities), -1);
}

Tensor sparse_categorical_crossentropy_from_logits(const Tensor& given_labels, const Tensor& given_logits) {
  constexpr const char* name = "sparse_categorical_crossentropy";
  const Tensor labels = class_labels(name, given_labels, given_logits);
  const Tensor logits = ops::contiguous_floating(name, given_logits);
  const int64_t classes = logits.shape().back();

  Tensor loss = core::make_tensor(without_last(logits.shape()), logits.dtype(), name);
  const Tensor log_sums = core::make_tensor({loss.numel(), 2}, logits.dtype(), name);
  core::switch_floating(logits.dtype(), [&]<class T>(T) {
    kernels::cross_entropy(core::elements<const T>(logits), core::elements<const int64_t>(labels),
                           core::elements<T>(loss), core::elements<T>(log_sums), loss.numel(), classes);
  });

  if (autograd::needs_grad(logits)) {
    autograd::record(
        name, loss, Inputs{logits},
        [labels = Saved(labels), logits = Saved(logits), log_sums, classes](const Tensor& g, Gradients& gradients) {
          const Tensor y = labels.get();
          const Tensor z = logits.get();
          if (autograd::recording) {
            gradients.set(0, scaled_slopes(g, softmax(z) - one_hot(y, classes, z.dtype())));
            return;
          }
          const Tensor gradient = ops::contiguous(name, g);
          const Tensor result = core::make_like(z, name);
          core::switch_floating(z.dtype(), [&]<class T>(T) {
            kernels::cross_entropy_vjp(
                kernels::CrossEntropyVjp<T, int64_t>{.rows = gradient.numel(),
                                                     .columns = classes,
                                                     .g = core::elements<const T>(gradient),
                                                     .logits = core::elements<const T>(z),
                                                     .targets = core::elements<const int64_t>(y),
                                                     .log_sums = core::elements<const T>(log_sums),
                                                     .out = core::elements<T>(result)});
          });
          gradients.set(0, result);
        });
  }
  return loss;
}

Tensor sparse_categorical_crossentropy(const Tensor& given_labels, const Tensor& probabilities) {
  if (probabilities.defined()) {
    if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::softmax); logits.defined()) {
      return sparse_categorical_crossentropy_from_logits(given_labels, logits);
    }
  }
  const Tensor labels = class_labels("sparse_categorical_crossentropy", given_labels, probabilities);
  const Tensor p = ops::floating("sparse_categorical_crossentropy", probabilities);
  return -sum(one_hot(labels, p.shape().back(), p.dtype()) * log_of_probabilities(p), -1);
}

Tensor binary_crossentropy_from_logits(const Tensor& given_target, const Tensor& given_logits) {
  check_targets("binary_crossentropy", given_target, given_logits);
  const Tensor z = ops::floating("binary_crossentropy", given_logits);
  const Tensor target = ops::converted("binary_crossentropy", given_target, z.dtype());
  return softplus(z) - z * target;
}

Tensor binary_crossentropy(const Tensor& given_target, const Tensor& probabilities) {
  check_targets("binary_crossentropy", given_target, probabilities);
  if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::sigmoid); logits.defined()) {
    return binary_crossentropy_from_logits(given_target, logits);
  }
  const Tensor p = clip(ops::floating("binary_crossentropy", probabilities), epsilon, 1 - epsilon);
  const Tensor target = ops::converted("binary_crossentropy", given_target, p.dtype());
  return -(target * log(p) + (1 - target) * log(1 - p));
}

}  // namespace xtape
