#include "autograd/grad_mode.hpp"

namespace xtape {
namespace autograd {

constinit thread_local bool recording = true;
constinit thread_local bool inference = false;
constinit thread_local bool withheld = false;

}  // namespace autograd

detail::GradModeScope::GradModeScope()
    : recording_(autograd::recording), inference_(autograd::inference), withheld_(autograd::withheld) {}
detail::GradModeScope::~GradModeScope() {
  autograd::recording = recording_;
  autograd::inference = inference_;
  autograd::withheld = withheld_;
}

NoGrad::NoGrad() {
  autograd::recording = false;
  autograd::withheld = true;
}

EnableGrad::EnableGrad() {
  autograd::recording = true;
  autograd::inference = false;
  autograd::withheld = false;
}

InferenceMode::InferenceMode() {
  autograd::recording = false;
  autograd::inference = true;
  autograd::withheld = true;
}

bool grad_enabled() { return autograd::recording; }
bool inference_mode_enabled() { return autograd::inference; }

}  // namespace xtape
