#include "autograd/grad_mode.hpp"

namespace xtape {
namespace autograd {

constinit thread_local bool recording = true;

}  // namespace autograd

NoGrad::NoGrad() : before_(autograd::recording) { autograd::recording = false; }
NoGrad::~NoGrad() { autograd::recording = before_; }
EnableGrad::EnableGrad() : before_(autograd::recording) { autograd::recording = true; }
EnableGrad::~EnableGrad() { autograd::recording = before_; }
bool grad_enabled() { return autograd::recording; }

}  // namespace xtape
