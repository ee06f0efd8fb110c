#pragma once

namespace xtape::layers {

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

}  // namespace xtape::layers
