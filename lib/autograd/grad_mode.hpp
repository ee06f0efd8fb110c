#pragma once

#include <xtape/autograd.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Whether this thread records.
extern constinit thread_local bool recording;

// Whether results carry nothing beside their elements (InferenceMode).
extern constinit thread_local bool inference;

// Sets the mode for a scope.
class RecordingScope {
 public:
  explicit RecordingScope(bool on) : before_(recording) { recording = on; }
  ~RecordingScope() { recording = before_; }
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  bool before_;
};

// How many transforms (jvp) run on this thread: as long as there are none, no tensor is looked at for tangents.
extern constinit thread_local int transforms;

// Whether x carries a tangent (lift.hpp).
inline bool is_lifted(const Tensor& x) { return core::impl(x) && core::impl(x)->lift; }

}  // namespace xtape::autograd
