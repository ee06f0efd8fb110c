#include "ops/support/annotation.hpp"

#include "autograd/grad_mode.hpp"
#include "autograd/variable.hpp"

namespace xtape::ops {
namespace {

uint32_t version_of(const Tensor& x) { return core::impl(x)->storage->version.load(std::memory_order_relaxed); }

// A result that is not recorded must not keep the graph of its argument.
Tensor held(const Tensor& logits) {
  return core::impl(logits)->requires_grad && !autograd::recording ? autograd::cut_off(logits) : logits;
}

struct Annotation final : core::Annotation {
  Annotation(const Tensor& result, Probability made_by, const Tensor& made_from)
      : function(made_by),
        result_version(version_of(result)),
        logits_version(version_of(made_from)),
        logits(held(made_from)) {}

  const Probability function;
  // Logits count only while they and what was made of them are what they were.
  const uint32_t result_version;
  const uint32_t logits_version;
  const Tensor logits;
};

}  // namespace

void attach_logits(const Tensor& result, Probability function, const Tensor& logits) {
  // What is made of probabilities is far from where a cross-entropy clips, and chains of results hold each other not.
  if (core::impl(logits)->annotation || autograd::inference) return;
  core::impl(result)->annotation =
      detail::Reference<const core::Annotation>::adopt(new Annotation(result, function, logits));
}

Tensor logits_of(const Tensor& x, Probability function) {
  const auto* annotation = static_cast<const Annotation*>(core::impl(x)->annotation.get());
  if (!annotation || annotation->function != function) return {};
  const Tensor& logits = annotation->logits;
  if (annotation->result_version != version_of(x) || annotation->logits_version != version_of(logits)) return {};
  // Gradients take the way of x: they end at a leaf, and where x has none, they do not pass behind it.
  if (x.requires_grad()) return x.is_leaf() ? Tensor() : logits;
  return logits.requires_grad() ? autograd::cut_off(logits) : logits;
}

}  // namespace xtape::ops
