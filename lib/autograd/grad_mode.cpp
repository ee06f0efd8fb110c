#include "autograd/grad_mode.hpp"

namespace xtape {
namespace autograd {

constinit thread_local bool recording = true;
constinit thread_local bool inference = false;

}  // namespace autograd

NoGrad::NoGrad() : before_(autograd::recording) { autograd::recording = false; }
NoGrad::~NoGrad() { autograd::recording = before_; }

EnableGrad::EnableGrad() : recording_before_(autograd::recording), inference_before_(autograd::inference) {
  autograd::recording = true;
  autograd::inference = false;
}
EnableGrad::~EnableGrad() {
  autograd::recording = recording_before_;
  autograd::inference = inference_before_;
}

InferenceMode::InferenceMode() : recording_before_(autograd::recording), inference_before_(autograd::inference) {
  autograd::recording = false;
  autograd::inference = true;
}
InferenceMode::~InferenceMode() {
  autograd::recording = recording_before_;
  autograd::inference = inference_before_;
}

bool grad_enabled() { return autograd::recording; }
bool inference_mode_enabled() { return autograd::inference; }

}  // namespace xtape
