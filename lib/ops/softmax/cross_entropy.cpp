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

#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "formulas/functions.hpp"
#include "kernels/softmax/softmax.hpp"
#include "ops/elementwise/binary.hpp"
#include "ops/registry.hpp"
#include "ops/support/annotation.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;

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
  return ops::scaled_slope(of_rows, slopes);
}

// Rows scaled to sum to 1, then clipped, as Keras does.
Tensor log_of_probabilities(const Tensor& probabilities) {
  // A row of zeros stays one, and is then clipped.
  const Tensor total = sum(probabilities, -1, true);
  const Tensor normalized = probabilities / where(total == 0, 1, total);
  return log(clip(normalized, epsilon, 1 - epsilon));
}

// The gradient of the logits: g times (softmax(logits) sum(target) - target), in one pass. Targets are numbers for each
// class, or labels.
struct CrossEntropyVjp {
  static constexpr const char* name = "cross_entropy_vjp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& g, const ops::Mapped& targets,
               const ops::Mapped& logits, const ops::Mapped& log_sums) const {
    return autograd::apply(*this, ops::stacked(g, examples), ops::stacked(targets, examples),
                           ops::stacked(logits, examples), ops::folded(ops::stacked(log_sums, examples)));
  }
  const Tensor& like(const Tensor&, const Tensor&, const Tensor& logits, const Tensor&) const { return logits; }
  void compute(const Tensor& given, const Tensor& targets, const Tensor& logits, const Tensor& given_log_sums,
               const Tensor& y) const {
    const Tensor g = ops::dense(name, given), t = ops::dense(name, targets), z = ops::dense(name, logits);
    const Tensor log_sums = ops::dense(name, given_log_sums);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      const auto run = [&]<class Target>(Target) {
        kernels::cross_entropy_vjp(kernels::CrossEntropyVjp<T, Target>{.rows = g.numel(),
                                                                       .columns = z.shape().back(),
                                                                       .g = core::elements<const T>(g),
                                                                       .logits = core::elements<const T>(z),
                                                                       .targets = core::elements<const Target>(t),
                                                                       .log_sums = core::elements<const T>(log_sums),
                                                                       .out = core::elements<T>(y)});
      };
      is_floating(t.dtype()) ? run(T{}) : run(int64_t{});
    });
  }
  Tensor decompose(const Tensor& g, const Tensor& targets, const Tensor& z, const Tensor&) const {
    return scaled_slopes(g, slopes(targets, z));
  }
  static Tensor slopes(const Tensor& targets, const Tensor& z) {
    if (!is_floating(targets.dtype())) return softmax(z) - one_hot(targets, z.shape().back(), z.dtype());
    return softmax(z) * sum(targets, -1, true) - targets;
  }
};

// Its transpose: the tangent of the loss, from that of the logits.
struct CrossEntropyJvp {
  static constexpr const char* name = "cross_entropy_jvp";

  Tensor batch(const ops::Examples& examples, const ops::Mapped& dlogits, const ops::Mapped& targets,
               const ops::Mapped& logits, const ops::Mapped& log_sums) const {
    return autograd::apply(*this, ops::stacked(dlogits, examples), ops::stacked(targets, examples),
                           ops::stacked(logits, examples), ops::folded(ops::stacked(log_sums, examples)));
  }
  Spec shape(const Tensor&, const Tensor&, const Tensor& logits, const Tensor&) const {
    return {without_last(logits.shape()), logits.dtype()};
  }
  void compute(const Tensor& dlogits, const Tensor& targets, const Tensor& logits, const Tensor& given_log_sums,
               const Tensor& y) const {
    const Tensor dz = ops::dense(name, dlogits), t = ops::dense(name, targets), z = ops::dense(name, logits);
    const Tensor log_sums = ops::dense(name, given_log_sums);
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      const auto run = [&]<class Target>(Target) {
        kernels::cross_entropy_jvp(kernels::CrossEntropyJvp<T, Target>{.rows = y.numel(),
                                                                       .columns = z.shape().back(),
                                                                       .logits = core::elements<const T>(z),
                                                                       .tangents = core::elements<const T>(dz),
                                                                       .targets = core::elements<const Target>(t),
                                                                       .log_sums = core::elements<const T>(log_sums),
                                                                       .out = core::elements<T>(y)});
      };
      is_floating(t.dtype()) ? run(T{}) : run(int64_t{});
    });
  }
  Tensor decompose(const Tensor& dlogits, const Tensor& targets, const Tensor& z, const Tensor&) const {
    return sum(ops::scaled_slope(dlogits, CrossEntropyVjp::slopes(targets, z)), -1);
  }
};

// The loss of each row of contiguous logits; its logarithms of sums are kept for the derivative. Targets as above.
struct CrossEntropy {
  const char* operation;

  static constexpr std::size_t outputs = 2;
  const char* name() const { return operation; }
  std::array<Tensor, 2> batch(const ops::Examples& examples, const ops::Mapped& targets,
                              const ops::Mapped& logits) const {
    const auto [loss, log_sums] =
        autograd::apply(*this, ops::stacked(targets, examples), ops::stacked(logits, examples));
    return {loss, ops::unfolded(log_sums, examples)};
  }
  std::array<Spec, 2> shape(const Tensor&, const Tensor& logits) const {
    const Shape rows = without_last(logits.shape());
    return {Spec{rows, logits.dtype()}, {{rows.numel(), 2}, logits.dtype()}};
  }
  void compute(const Tensor& targets, const Tensor& logits, const Tensor& loss, const Tensor& log_sums) const {
    const Tensor t = ops::dense(operation, targets), z = ops::dense(operation, logits);
    core::switch_floating(z.dtype(), [&]<class T>(T) {
      const auto run = [&]<class Target>(Target) {
        kernels::cross_entropy(core::elements<const T>(z), core::elements<const Target>(t), core::elements<T>(loss),
                               core::elements<T>(log_sums), loss.numel(), z.shape().back());
      };
      is_floating(t.dtype()) ? run(T{}) : run(int64_t{});
    });
  }
  // Targets, logits and the sums, which are read by the gradient of the logits only.
  uint32_t keeps(uint32_t wanted) const { return wanted & 2 ? 11 : 2; }
  void vjp(const Primals& primals, std::span<const Tensor> given, Gradients& gradients) const {
    const Tensor& g = given[0];
    if (!g.defined()) return;
    const Tensor z = primals.input(1);
    if (gradients.needed(0)) gradients.set(0, scaled_slopes(-g, log_softmax(z)));
    if (gradients.needed(1)) {
      gradients.set(1, autograd::apply(CrossEntropyVjp{}, g, primals.input(0), z, primals.output(1)));
    }
  }
  std::array<Tensor, 2> jvp(const Primals& primals, const Tensor& dtargets, const Tensor& dlogits) const {
    const Tensor t = primals.input(0), z = primals.input(1);
    Tensor tangent;
    if (dlogits.defined()) {
      tangent = autograd::apply(CrossEntropyJvp{}, dlogits, t, z, primals.output(1));
    }
    if (dtargets.defined()) {
      const Tensor part = sum(ops::scaled_slope(dtargets, -log_softmax(z)), -1);
      tangent = tangent.defined() ? tangent + part : part;
    }
    return {tangent, Tensor()};
  }
};

}  // namespace

Tensor categorical_crossentropy_from_logits(const Tensor& given_target, const Tensor& given_logits) {
  constexpr const char* name = "categorical_crossentropy";
  check_targets(name, given_target, given_logits);
  detail::check_classes(name, given_logits.shape());
  const Tensor logits = ops::contiguous_floating(name, given_logits);
  const Tensor target = ops::contiguous(name, ops::converted(name, given_target, logits.dtype()));
  return autograd::apply(CrossEntropy{name}, target, logits)[0];
}

Tensor categorical_crossentropy(const Tensor& target, const Tensor& probabilities) {
  check_targets("categorical_crossentropy", target, probabilities);
  detail::check_classes("categorical_crossentropy", probabilities.shape());
  if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::softmax); logits.defined()) {
    return categorical_crossentropy_from_logits(target, logits);
  }
  return ops::in_operation("categorical_crossentropy",
                           [&] { return -sum(target * log_of_probabilities(probabilities), -1); });
}

Tensor sparse_categorical_crossentropy_from_logits(const Tensor& given_labels, const Tensor& given_logits) {
  constexpr const char* name = "sparse_categorical_crossentropy";
  const Tensor labels = class_labels(name, given_labels, given_logits);
  const Tensor logits = ops::contiguous_floating(name, given_logits);
  return autograd::apply(CrossEntropy{name}, labels, logits)[0];
}

Tensor sparse_categorical_crossentropy(const Tensor& given_labels, const Tensor& probabilities) {
  if (probabilities.defined()) {
    if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::softmax); logits.defined()) {
      return sparse_categorical_crossentropy_from_logits(given_labels, logits);
    }
  }
  const Tensor labels = class_labels("sparse_categorical_crossentropy", given_labels, probabilities);
  const Tensor p = ops::floating("sparse_categorical_crossentropy", probabilities);
  return ops::in_operation("sparse_categorical_crossentropy", [&] {
    return -sum(one_hot(labels, p.shape().back(), p.dtype()) * log_of_probabilities(p), -1);
  });
}

Tensor binary_crossentropy_from_logits(const Tensor& given_target, const Tensor& given_logits) {
  check_targets("binary_crossentropy", given_target, given_logits);
  const Tensor z = ops::floating("binary_crossentropy", given_logits);
  const Tensor target = ops::converted("binary_crossentropy", given_target, z.dtype());
  return ops::in_operation("binary_crossentropy", [&] { return softplus(z) - z * target; });
}

Tensor binary_crossentropy(const Tensor& given_target, const Tensor& probabilities) {
  check_targets("binary_crossentropy", given_target, probabilities);
  if (const Tensor logits = ops::logits_of(probabilities, ops::Probability::sigmoid); logits.defined()) {
    return binary_crossentropy_from_logits(given_target, logits);
  }
  return ops::in_operation("binary_crossentropy", [&] {
    const Tensor p = clip(ops::floating("binary_crossentropy", probabilities), epsilon, 1 - epsilon);
    const Tensor target = ops::converted("binary_crossentropy", given_target, p.dtype());
    return -(target * log(p) + (1 - target) * log(1 - p));
  });
}

void ops::describe_cross_entropy(autograd::Registry& to) {
  to.add<CrossEntropy, 2>("categorical_crossentropy");
  to.add<CrossEntropy, 2>("sparse_categorical_crossentropy");
  to.add<CrossEntropyVjp, 4>();
  to.add<CrossEntropyJvp, 4>();
}

}  // namespace xtape
