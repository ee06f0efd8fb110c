#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <xtape/detail/random_stream.hpp>

namespace xtape::layers {
class LayerImpl;
}

// For the library's own files: what the layers know of the calls that are going on.
namespace xtape::detail {

/// A call of a layer, and the call around it.
struct CallFrame {
  const CallFrame* around;
  /// Null for what runs apart from its layer, such as a checkpoint's function in backward.
  layers::LayerImpl* layer;
  bool training;
};

/// The innermost call of this thread, or null.
extern constinit thread_local const CallFrame* current_call;

/// Tells a layer's name; set by the first layer that is made, so that programs without layers link none.
extern constinit std::atomic<const std::string& (*)(const layers::LayerImpl&)> name_of_layer;
/// The layers whose calls go on in this thread, "sequential/dense_1"; empty where none does.
std::string call_path();

/// The layer whose call goes on in this thread, or null.
inline layers::LayerImpl* calling_layer() { return current_call ? current_call->layer : nullptr; }
/// Whether it is called to train; false outside of calls.
inline bool in_training() { return current_call && current_call->training; }

/// A call for as long as the scope. Whoever runs a function later than it was given (a checkpoint, a thread) gives it
/// the `training` that it had then.
class CallScope {
 public:
  CallScope(layers::LayerImpl* layer, bool training) : frame_{current_call, layer, training} { current_call = &frame_; }
  ~CallScope() { current_call = frame_.around; }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  const CallFrame frame_;
};

/// Whether calls of this thread only find out what layers return, on data made for that: a layer that goes on from call
/// to call does not then, and random numbers that are drawn leave the program's streams where they are.
extern constinit thread_local bool in_trial;

/// Such calls for as long as the scope.
class TrialScope {
 public:
  TrialScope() : around_(std::exchange(in_trial, true)) {}
  ~TrialScope() { in_trial = around_; }
  TrialScope(const TrialScope&) = delete;
  TrialScope& operator=(const TrialScope&) = delete;

 private:
  const bool around_;
  const TrialRandomScope random_;
};

}  // namespace xtape::detail
