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

// How many transforms (jvp) run on this thread: as long as there are none, no tensor is looked at for tangents.
extern constinit thread_local int transforms;

// Whether x carries a tangent (lift.hpp).
inline bool is_lifted(const Tensor& x) { return core::impl(x) && core::impl(x)->lift; }

}  // namespace xtape::autograd
