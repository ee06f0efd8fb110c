#include "autograd/grad_mode.hpp"

namespace xtape {
namespace autograd {

constinit thread_local bool recording = true;
constinit thread_local bool inference = false;
constinit thread_local bool withheld = false;

}  // namespace autograd

namespace {

void set(const detail::GradMode& mode) {
  autograd::recording = mode.recording;
  autograd::inference = mode.inference;
  autograd::withheld = mode.withheld;
}

}  // namespace

detail::GradMode::GradMode()
    : recording(autograd::recording), inference(autograd::inference), withheld(autograd::withheld) {}

NoGrad::NoGrad() {
  autograd::recording = false;
  autograd::withheld = true;
}
NoGrad::~NoGrad() { set(before_); }

EnableGrad::EnableGrad() {
  autograd::recording = true;
  autograd::inference = false;
  autograd::withheld = false;
}
EnableGrad::~EnableGrad() { set(before_); }

InferenceMode::InferenceMode() {
  autograd::recording = false;
  autograd::inference = true;
  autograd::withheld = true;
}
InferenceMode::~InferenceMode() { set(before_); }

bool grad_enabled() { return autograd::recording; }
bool inference_mode_enabled() { return autograd::inference; }

}  // namespace xtape
