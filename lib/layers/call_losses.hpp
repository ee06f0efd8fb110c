#pragma once

#include <cstdint>

namespace xtape::layers {

class LayerImpl;

// Whether this thread has ever kept a loss of a call (LayerImpl::add_loss) in a layer: only then is there something to
// look for, and to let go.
extern constinit thread_local bool keeps_losses;

// Calls of this thread add no losses for as long as the scope: those that only look for shapes.
class NoLosses {
 public:
  NoLosses();
  ~NoLosses();
  NoLosses(const NoLosses&) = delete;
  NoLosses& operator=(const NoLosses&) = delete;
};

// Calls of this thread compute, for as long as the scope, so many steps of sequences as the samples of one batch [batch
// * steps, ...]. Activity regularizers see one step after the other all the same.
class StepsAsSamples {
 public:
  explicit StepsAsSamples(int64_t steps);
  ~StepsAsSamples();
  StepsAsSamples(const StepsAsSamples&) = delete;
  StepsAsSamples& operator=(const StepsAsSamples&) = delete;

 private:
  const int64_t before_;
};

// The activity regularizer of that layer adds nothing for as long as the scope; those of the layers in it do.
class NoActivityLoss {
 public:
  explicit NoActivityLoss(const LayerImpl& layer);
  ~NoActivityLoss();
  NoActivityLoss(const NoActivityLoss&) = delete;
  NoActivityLoss& operator=(const NoActivityLoss&) = delete;

 private:
  const LayerImpl* const before_;
};

}  // namespace xtape::layers
