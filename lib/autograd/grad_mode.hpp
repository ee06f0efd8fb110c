#pragma once

#include <xtape/autograd.hpp>

#include "core/tensor_impl.hpp"

namespace xtape::autograd {

// Whether this thread records.
extern thread_local bool recording;

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

// Whether an operation on these tensors has to be recorded.
template <class... Tensors>
bool needs_grad(const Tensors&... tensors) {
  return (... || core::impl(tensors)->requires_grad) && recording;
}

}  // namespace xtape::autograd
