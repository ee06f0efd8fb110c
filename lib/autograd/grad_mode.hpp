#pragma once

#include <xtape/autograd.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Whether this thread records.
extern constinit thread_local bool recording;

// Whether results carry nothing beside their elements (InferenceMode).
extern constinit thread_local bool inference;

// Whether the user has turned recording off (NoGrad, InferenceMode) and not on again since: within a transform that holds
// for what is recorded outside of it too, where that a gradient is computed without create_graph does not.
extern constinit thread_local bool withheld;

// Sets the mode for a scope.
class RecordingScope {
 public:
  explicit RecordingScope(bool on) : recording_before_(recording), withheld_before_(withheld) {
    recording = on;
    withheld = withheld && !on;
  }
  ~RecordingScope() {
    recording = recording_before_;
    withheld = withheld_before_;
  }
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  const bool recording_before_, withheld_before_;
};

// How many transforms (jvp, vmap, capture) run on this thread, and tensors of it are mapped: as long as it is 0, no tensor
// is looked at for a lift.
extern constinit thread_local int transforms;

// What writes down the operations of this thread (trace.hpp), or null.
class Trace;
extern constinit thread_local Trace* trace;

// Whether x carries a tangent or is mapped (lift.hpp).
inline bool is_lifted(const Tensor& x) { return core::impl(x) && core::impl(x)->lift; }

}  // namespace xtape::autograd
