#include <algorithm>
#include <xtape/autograd.hpp>
#include <xtape/detail/trial_state.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/program.hpp>

namespace xtape::layers {
namespace {

constinit thread_local TrialState* current = nullptr;

}  // namespace

TrialState::TrialState(const LayerImpl& layer) {
  if (is_capturing()) return;
  if (!current) {
    current = this;
    outermost_ = true;
  }
  current->keep(layer);
}

TrialState::~TrialState() {
  if (!outermost_) return;
  current = nullptr;
  const NoGrad no_grad;
  for (const Kept& kept : kept_) {
    // What did not change is not written, which would be seen as a change.
    if (!array_equal(kept.variable, kept.value)) kept.variable.assign(kept.value);
  }
  for (const detail::KeptMetric& kept : metrics_) kept.restore();
}

void TrialState::keep(const metrics::Metric& metric) {
  if (!current) return;
  std::vector<detail::KeptMetric>& all = current->metrics_;
  const auto is_kept = [&](const detail::KeptMetric& kept) { return kept.metric() == metric; };
  if (std::none_of(all.begin(), all.end(), is_kept)) all.emplace_back(metric);
}

void TrialState::note_built(const LayerImpl& layer) {
  if (current) current->keep(layer);
}

void TrialState::keep(const LayerImpl& layer) {
  const NoGrad no_grad;
  for (const Variable& variable : layer.variables_) {
    const auto is_kept = [&](const Kept& kept) { return kept.variable.handle() == variable.value.handle(); };
    if (variable.trainable || std::any_of(kept_.begin(), kept_.end(), is_kept)) continue;
    kept_.push_back({variable.value, variable.value.clone()});
  }
  for (const metrics::Metric& metric : layer.own_metrics()) keep(metric);
  for (const auto& part : layer.parts_) keep(*part);
}

}  // namespace xtape::layers
