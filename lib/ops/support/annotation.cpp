#include "ops/support/annotation.hpp"

#include <utility>
#include <xtape/detail/masked_gradient.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/manipulation.hpp>

#include "autograd/lift.hpp"
#include "autograd/trace.hpp"
#include "autograd/variable.hpp"
#include "core/tensor_impl.hpp"

namespace xtape::ops {
namespace {

using autograd::version_of;

// What stands behind a tensor; undefined where nothing does.
struct Logits {
  Logits() = default;
  Logits(const Tensor& result, Probability made_by, const Tensor& made_from)
      : value(autograd::kept_by_result(made_from)),
        function(made_by),
        result_version(version_of(result)),
        version(version_of(made_from)),
        recorded_below(autograd::recorded_below(value)),
        trace(autograd::trace_number()) {}

  Tensor value;
  Probability function = Probability::softmax;
  // Logits count only while they and what was made of them are what they were.
  uint32_t result_version = 0;
  uint32_t version = 0;
  // And, within transforms, only while the same tensors that they were lifted from are leaves or on the tape.
  uint64_t recorded_below = 0;
  // And, for a program, only if its function made them: what that is given or closes over may be other elements when it
  // runs.
  uint64_t trace = 0;
};

// Each sigmoid makes one of these, also of few elements: its members are made where they stay.
struct Annotation final : core::Annotation {
  Annotation(const Tensor& result, Probability function, const Tensor& made_from)
      : logits(result, function, made_from) {}
  Annotation(Logits behind, Tensor mask_on) : logits(std::move(behind)), mask(std::move(mask_on)) {}

  const Logits logits;
  const Tensor mask;
};

const Annotation* annotation_of(const Tensor& x) {
  return static_cast<const Annotation*>(core::impl(x)->annotation.get());
}

void attach(const Tensor& result, const Annotation* annotation) {
  core::impl(result)->annotation = detail::Reference<const core::Annotation>::adopt(annotation);
}

void check_mask(const Tensor& x, const Tensor& mask) {
  if (mask.dtype() != bool_) {
    throw DTypeError("with_mask: a mask is bool, given " + std::string(name(mask.dtype())));
  }
  bool fits = mask.rank() <= x.rank();
  for (int i = 0; fits && i < mask.rank(); ++i) fits = mask.shape(i) == x.shape(i);
  if (fits) return;
  throw ShapeError("with_mask: a mask has the first lengths of its tensor " + x.shape().str() + ", given " +
                   mask.shape().str());
}

}  // namespace

}  // namespace xtape::ops

namespace xtape {

void detail::attach_logits(const Tensor& result, Probability function, const Tensor& logits) {
  // What is made of probabilities is far from where a cross-entropy clips, and chains of results hold each other not.
  const ops::Annotation* before = ops::annotation_of(logits);
  if ((before && before->logits.value.defined()) || autograd::inference) return;
  ops::attach(result, new ops::Annotation(result, function, logits));
}

Tensor detail::logits_of(const Tensor& x, Probability function) {
  const ops::Annotation* annotation = ops::annotation_of(x);
  if (!annotation) return {};
  const ops::Logits& behind = annotation->logits;
  const Tensor& logits = behind.value;
  if (!logits.defined() || behind.function != function) return {};
  if (behind.result_version != ops::version_of(x) || behind.version != ops::version_of(logits)) return {};
  if (behind.recorded_below != autograd::recorded_below(logits)) return {};
  if (behind.trace != autograd::trace_number()) return {};
  // Gradients take the way of x: they end at a leaf, or at one who watches them, and where x has none, they do not pass
  // behind it.
  if (x.requires_grad()) {
    const bool ends = x.is_leaf() || !logits.requires_grad() || autograd::gradient_is_watched(x);
    return ends ? Tensor() : logits;
  }
  return logits.requires_grad() ? autograd::cut_off(logits) : logits;
}

bool has_mask(const Tensor& x) noexcept {
  const ops::Annotation* annotation = ops::annotation_of(x);
  return annotation && annotation->mask.defined();
}

Tensor mask_of(const Tensor& x) {
  if (!x.defined()) return {};
  const ops::Annotation* annotation = ops::annotation_of(x);
  return annotation ? annotation->mask : Tensor();
}

Tensor with_mask(const Tensor& x, const Tensor& mask) {
  if (!x.defined()) throw ValueError("with_mask: x is undefined");
  if (mask.defined()) ops::check_mask(x, mask);
  const ops::Annotation* before = ops::annotation_of(x);
  // Nothing can stand for a leaf that collects gradients: a view of it carries the mask.
  const bool collects = core::impl(x)->requires_grad && !core::impl(x)->node;
  const Tensor result = collects ? reshape(x, x.shape()) : core::without_annotation(x);
  ops::Logits logits = before && !collects ? before->logits : ops::Logits();
  if (logits.value.defined() || mask.defined()) {
    const Tensor plain = mask.defined() ? core::without_annotation(mask) : Tensor();
    ops::attach(result, new ops::Annotation(std::move(logits), plain));
  }
  return result;
}

Tensor detail::masked_gradient(const Tensor& x) {
  if (!has_mask(x)) return x;
  const ops::Annotation& annotation = *ops::annotation_of(x);
  Tensor counts = annotation.mask;
  while (counts.rank() < x.rank()) counts = counts.expand_dims(-1);
  const auto cut_off_elsewhere = [&](const Tensor& y) { return where(counts, y, y.detach()); };
  const Tensor result = cut_off_elsewhere(x);
  ops::Logits logits;
  const ops::Probability function = annotation.logits.function;
  const Tensor behind = ops::logits_of(x, function);
  if (behind.defined()) logits = ops::Logits(result, function, cut_off_elsewhere(behind));
  ops::attach(result, new ops::Annotation(std::move(logits), annotation.mask));
  return result;
}

}  // namespace xtape
