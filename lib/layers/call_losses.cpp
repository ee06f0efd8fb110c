#include "layers/call_losses.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <xtape/autograd.hpp>
#include <xtape/checkpoint.hpp>
#include <xtape/detail/at_end_of_capture.hpp>
#include <xtape/detail/call_scope.hpp>
#include <xtape/detail/calls.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/program.hpp>

#include "core/fork_safe_mutex.hpp"
#include "layers/steps.hpp"

// Losses that calls add. As in Keras, each stays with the layer that added it until this layer, or one around it, is
// called the next time from outside of all calls. Calls of other threads do not meet them.
namespace xtape::layers {

constinit thread_local bool keeps_losses = false;

namespace {

constinit thread_local int without_losses = 0;
constinit thread_local int64_t steps_as_samples = 1;
constinit thread_local const LayerImpl* without_activity_loss = nullptr;

// Of the losses of all layers.
core::ForkSafeMutex& losses_mutex() {
  static core::ForkSafeMutex& mutex = *new core::ForkSafeMutex;  // never destroyed, as layers may be called at the end
  return mutex;
}

// Expires as the thread ends, with what it left behind.
const std::shared_ptr<const void>& this_thread() {
  static thread_local const std::shared_ptr<const void> thread = std::make_shared<char>();
  return thread;
}

}  // namespace

NoLosses::NoLosses() { ++without_losses; }
NoLosses::~NoLosses() { --without_losses; }

// In steps of steps, each of which is a sequence too.
StepsAsSamples::StepsAsSamples(int64_t steps) : before_(steps_as_samples) { steps_as_samples *= steps; }
StepsAsSamples::~StepsAsSamples() { steps_as_samples = before_; }

NoActivityLoss::NoActivityLoss(const LayerImpl& layer) : before_(without_activity_loss) {
  without_activity_loss = &layer;
}
NoActivityLoss::~NoActivityLoss() { without_activity_loss = before_; }

// What a checkpoint computes again was added the first time, and predict asks for no losses.
bool LayerImpl::takes_losses() { return without_losses == 0 && !is_recomputing() && !inference_mode_enabled(); }

LayerImpl& LayerImpl::keeper_of_losses() {
  LayerImpl* keeper = this;
  for (const detail::CallFrame* call = detail::current_call; call && call->layer; call = call->around) {
    if (!call->layer->reaches(*keeper)) keeper = call->layer;
  }
  return *keeper;
}

void LayerImpl::add_loss(const Tensor& loss) {
  if (!loss.defined()) throw ValueError("add_loss: the loss is undefined");
  if (!takes_losses()) return;
  LayerImpl& keeper = keeper_of_losses();
  if (is_capturing()) {
    detail::at_end_of_capture([kept = detail::Reference<LayerImpl>::share(&keeper)] { kept->drop_losses(); });
  }
  keeps_losses = true;
  const std::lock_guard lock(losses_mutex());
  std::erase_if(keeper.losses_, [](const LossOfCall& each) { return each.thread.expired(); });
  keeper.losses_.push_back({this_thread(), loss});
}

void LayerImpl::add_activity_loss(const regularizers::Regularizer& regularizer, const Tensor& output) {
  if (!regularizer || !takes_losses()) return;
  if (without_activity_loss == this && &regularizer == &activity_regularizer_) return;
  const auto add = [&](const Tensor& of_samples) {
    const Tensor penalty = regularizer(of_samples);
    detail::check_returned("the activity regularizer", penalty);
    const int64_t batch = of_samples.rank() > 0 ? of_samples.shape(0) : 1;
    add_loss(batch == 0 ? penalty * 0 : penalty / batch);
  };
  const int64_t steps = steps_as_samples;
  if (steps == 1) return add(output);
  const Tensor sequences = part_steps(output, output.shape(0) / steps, steps);
  for (int64_t t = 0; t < steps; ++t) add(sequences.select(1, t));
}

void LayerImpl::drop_losses() {
  std::vector<LossOfCall> dropped;  // graphs go without the lock
  const std::lock_guard lock(losses_mutex());
  const auto others = std::stable_partition(losses_.begin(), losses_.end(),
                                            [](const LossOfCall& each) { return each.thread.lock() != this_thread(); });
  dropped.assign(std::make_move_iterator(others), std::make_move_iterator(losses_.end()));
  losses_.erase(others, losses_.end());
}

void LayerImpl::drop_all_losses() {
  drop_losses();
  for (const auto& part : parts_) part->drop_all_losses();
}

void LayerImpl::begin_outermost_call() {
  // A checkpoint computes apart from the layers around.
  if (!detail::current_call) drop_all_losses();
}

void LayerImpl::collect_losses(std::vector<const LayerImpl*>& seen, std::vector<Tensor>& into) const {
  if (std::find(seen.begin(), seen.end(), this) != seen.end()) return;  // a part of several
  seen.push_back(this);
  {
    const std::lock_guard lock(losses_mutex());
    for (const LossOfCall& each : losses_) {
      if (each.thread.lock() == this_thread()) into.push_back(each.value);
    }
  }
  for (const auto& part : parts_) part->collect_losses(seen, into);
}

std::vector<Tensor> LayerImpl::call_losses() const {
  std::vector<Tensor> result;
  if (!keeps_losses) return result;
  std::vector<const LayerImpl*> seen;
  collect_losses(seen, result);
  return result;
}

}  // namespace xtape::layers
