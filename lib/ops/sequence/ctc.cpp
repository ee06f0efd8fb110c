#include "kernels/sequence/ctc.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/position_text.hpp>
#include <xtape/detail/whole_numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/ctc.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "autograd/op.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/elementwise/binary.hpp"
#include "ops/registry.hpp"
#include "ops/support/batch.hpp"
#include "ops/support/conversion.hpp"
#include "ops/support/dense.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Primals;
using autograd::Spec;
using ops::Examples;
using ops::Mapped;

namespace {

constexpr const char* operation = "ctc_loss";

// Calls function(sizes and elements) for contiguous operands.
template <class T, class Function>
void with_ctc(const Tensor& log_probabilities, const Tensor& target, const Tensor& target_length,
              const Tensor& output_length, int64_t blank, const Function& function) {
  const Tensor rows = ops::dense(operation, log_probabilities), labels = ops::dense(operation, target);
  const Tensor labels_count = ops::dense(operation, target_length), steps = ops::dense(operation, output_length);
  function(kernels::Ctc<T>{.batch = rows.shape(0),
                           .time = rows.shape(1),
                           .classes = rows.shape(2),
                           .labels = labels.shape(1),
                           .log_probabilities = core::elements<const T>(rows),
                           .target = core::elements<const int64_t>(labels),
                           .target_lengths = core::elements<const int64_t>(labels_count),
                           .output_lengths = core::elements<const int64_t>(steps),
                           .blank = blank});
}

// Samples do not know one another: those of all examples are samples of one call.
template <class Op>
Tensor on_all(const Op& op, const Examples& examples, const Mapped& rows, const Mapped& target,
              const Mapped& target_length, const Mapped& output_length) {
  const auto samples = [&](const Mapped& x) { return ops::folded(ops::stacked(x, examples)); };
  return ops::unfolded(
      autograd::apply(op, samples(rows), samples(target), samples(target_length), samples(output_length)), examples);
}

// The recursions of the kernel in public operations, for derivatives of derivatives. What is impossible has a finite
// logarithm here, so that differences and derivatives are numbers.
class Recursion {
 public:
  Recursion(const Tensor& log_probabilities, const Tensor& target, const Tensor& target_length,
            const Tensor& output_length, int64_t blank)
      : steps_(log_probabilities.shape(1)),
        classes_(log_probabilities.shape(2)),
        output_length_(output_length.expand_dims(-1)) {
    const int64_t batch = target.shape(0), labels = target.shape(1);
    const Tensor blanks = full({batch, labels}, blank, int64), last_blank = full({batch, 1}, blank, int64);
    states_ = concatenate({stack({blanks, target}, -1).reshape({batch, 2 * labels}), last_blank}, 1);
    const Tensor index = arange(2 * labels + 1), last = 2 * target_length.expand_dims(-1);
    starts_ = index < 2;
    ends_ = logical_and(index <= last, index >= last - 1);
    passes_ = states_ != later(states_, 2, -1);
    emissions_ =
        take_along_axis(log_probabilities, states_.expand_dims(1).broadcast_to({batch, steps_, 2 * labels + 1}), -1);
  }

  // The probability that a way is at a class in a step.
  Tensor posterior() const {
    std::vector<Tensor> before{where(starts_, emission(0), impossible)};
    for (int64_t t = 1; t < steps_; ++t) {
      const Tensor& sums = before.back();
      const Tensor over = where(passes_, later(sums, 2, impossible), impossible);
      const Tensor next = log_add(sums, later(sums, 1, impossible), over) + emission(t);
      before.push_back(where(output_length_ > t, next, sums));
    }
    const Tensor total = logsumexp(where(ends_, before.back(), impossible), -1, true);
    const Tensor possible = total > impossible / 10;
    std::vector<Tensor> shares(before.size());
    Tensor after = where(ends_, zeros_like(before.back()), impossible);
    for (int64_t t = steps_ - 1; t >= 0; --t) {
      if (t + 1 < steps_) {
        const Tensor through = after + emission(t + 1);
        const Tensor over = sooner(where(passes_, through, impossible), 2, impossible);
        after = where(output_length_ > t + 1, log_add(through, sooner(through, 1, impossible), over), after);
      }
      const Tensor counts = logical_and(output_length_ > t, possible);
      shares[static_cast<std::size_t>(t)] =
          exp(where(counts, before[static_cast<std::size_t>(t)] + after - total, impossible));
    }
    return matmul(stack(shares, 1), one_hot(states_, classes_, emissions_.dtype()));
  }

 private:
  static constexpr double impossible = -1e30;

  Tensor emission(int64_t step) const { return emissions_.select(1, step); }
  static Tensor log_add(const Tensor& a, const Tensor& b, const Tensor& c) {
    return logsumexp(stack({a, b, c}, -1), -1);
  }
  // What was so many states before each one, and what comes so many behind it.
  static Tensor later(const Tensor& x, int64_t count, Scalar otherwise) {
    return crop(pad(x, {{0, 0}, {count, 0}}, otherwise), {{0, 0}, {0, count}});
  }
  static Tensor sooner(const Tensor& x, int64_t count, Scalar otherwise) {
    return crop(pad(x, {{0, 0}, {0, count}}, otherwise), {{0, 0}, {count, 0}});
  }

  int64_t steps_, classes_;
  Tensor output_length_, states_, starts_, ends_, passes_, emissions_;
};

// Minus the gradient of the loss.
struct CtcPosterior {
  static constexpr const char* name = "ctc_posterior";
  int64_t blank;

  void attributes(autograd::Attributes& to) const { to("blank", blank); }
  const Tensor& like(const Tensor& rows, const Tensor&, const Tensor&, const Tensor&) const { return rows; }
  void compute(const Tensor& rows, const Tensor& target, const Tensor& target_length, const Tensor& output_length,
               const Tensor& y) const {
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      with_ctc<T>(rows, target, target_length, output_length, blank,
                  [&](const kernels::Ctc<T>& ctc) { kernels::ctc_posterior(ctc, core::elements<T>(y)); });
    });
  }
  Tensor batch(const Examples& examples, const Mapped& rows, const Mapped& target, const Mapped& target_length,
               const Mapped& output_length) const {
    return on_all(*this, examples, rows, target, target_length, output_length);
  }
  Tensor decompose(const Tensor& rows, const Tensor& target, const Tensor& target_length,
                   const Tensor& output_length) const {
    return Recursion(rows, target, target_length, output_length, blank).posterior();
  }
};

// Of logarithms of probabilities, whole labels and lengths in range.
struct CtcLoss {
  static constexpr const char* name = operation;
  int64_t blank;

  void attributes(autograd::Attributes& to) const { to("blank", blank); }
  Spec shape(const Tensor& rows, const Tensor&, const Tensor&, const Tensor&) const {
    return {{rows.shape(0)}, rows.dtype()};
  }
  void compute(const Tensor& rows, const Tensor& target, const Tensor& target_length, const Tensor& output_length,
               const Tensor& y) const {
    core::switch_floating(y.dtype(), [&]<class T>(T) {
      with_ctc<T>(rows, target, target_length, output_length, blank,
                  [&](const kernels::Ctc<T>& ctc) { kernels::ctc_loss(ctc, core::elements<T>(y)); });
    });
  }
  Tensor batch(const Examples& examples, const Mapped& rows, const Mapped& target, const Mapped& target_length,
               const Mapped& output_length) const {
    return on_all(*this, examples, rows, target, target_length, output_length);
  }
  uint32_t keeps(uint32_t) const { return 15; }
  Tensor posterior(const Primals& primals) const {
    return autograd::apply(CtcPosterior{blank}, primals.input(0), primals.input(1), primals.input(2), primals.input(3));
  }
  void vjp(const Primals& primals, const Tensor& g, Gradients& gradients) const {
    gradients.set(0, ops::scaled_slope(-expand_dims(expand_dims(g, -1), -1), posterior(primals)));
  }
  Tensor jvp(const Primals& primals, const Tensor& drows, const Tensor&, const Tensor&, const Tensor&) const {
    return -sum(ops::scaled_slope(drows, posterior(primals)), {-2, -1});
  }
};

void check_shapes(const Tensor& target, const Tensor& output, const Tensor& target_length,
                  const Tensor& output_length) {
  const std::string subject = std::string(operation) + ": expected ";
  if (output.rank() != 3 || output.shape(1) == 0 || output.shape(2) == 0) {
    throw ShapeError(subject + "output [batch, time, classes], given " + output.shape().str());
  }
  const int64_t batch = output.shape(0);
  if (target.rank() != 2 || target.shape(0) != batch) {
    throw ShapeError(subject + "target [" + std::to_string(batch) + ", labels] for output " + output.shape().str() +
                     ", given " + target.shape().str());
  }
  for (const auto& [length, what] :
       {std::pair{&target_length, "target_length ["}, {&output_length, "output_length ["}}) {
    if (length->shape() == Shape{batch}) continue;
    throw ShapeError(subject + what + std::to_string(batch) + "] for output " + output.shape().str() + ", given " +
                     length->shape().str());
  }
}

// @throws ValueError for a blank among the labels that count.
void check_no_blank(const Tensor& blank_labels) {
  const Tensor found = detail::values_to_check(blank_labels);
  const bool* elements = core::elements<const bool>(found);
  const bool* first = std::find(elements, elements + found.numel(), true);
  if (first == elements + found.numel()) return;
  throw ValueError(std::string(operation) + ": the label at position " +
                   detail::position_text(first - elements, found.shape()) +
                   " is mask_index, the class of blanks; labels are other classes, and padding is at the end");
}

}  // namespace

Tensor ctc_loss(const Tensor& given_target, const Tensor& given_output, const Tensor& given_target_length,
                const Tensor& given_output_length, int64_t mask_index) {
  for (const Tensor* x : {&given_target, &given_output, &given_target_length, &given_output_length}) {
    core::check_defined(operation, *x);
  }
  check_shapes(given_target, given_output, given_target_length, given_output_length);
  const int64_t labels = given_target.shape(1), steps = given_output.shape(1), classes = given_output.shape(2);
  const std::string subject = std::string(operation) + ": ";
  if (mask_index < 0 || mask_index >= classes) {
    throw IndexError(subject + "mask_index " + std::to_string(mask_index) + " is outside [0, " +
                     std::to_string(classes) + ")");
  }
  const Tensor target_length =
      detail::whole_numbers_below(subject + "target_length", given_target_length.detach(), labels + 1);
  const Tensor output_length =
      detail::whole_numbers_below(subject + "output_length", given_output_length.detach(), steps + 1);
  const Tensor counts = arange(labels) < target_length.expand_dims(-1);
  const Tensor target =
      detail::whole_numbers_below(subject + "label", where(counts, given_target.detach(), mask_index), classes);
  if (!core::capturing) check_no_blank(logical_and(counts, target == mask_index));
  const Tensor output = ops::contiguous_floating(operation, given_output);
  return autograd::apply(CtcLoss{mask_index}, log_softmax(output), target, target_length, output_length);
}

void ops::describe_ctc(autograd::Registry& to) {
  to.add<CtcLoss, 4>();
  to.add<CtcPosterior, 4>();
}

}  // namespace xtape
