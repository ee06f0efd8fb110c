#include "models/interrupt.hpp"

#include <csignal>
#include <mutex>

namespace xtape::models {
namespace {

// A process has one handler, however many trainings go on: the first one sets it, the last one restores it.
std::mutex mutex;
int users = 0;
struct sigaction before;
volatile std::sig_atomic_t interrupted = 0;

void note(int) {
  interrupted = 1;
  sigaction(SIGINT, &before, nullptr);
}

}  // namespace

StopOnInterrupt::StopOnInterrupt(bool asked) : asked_(asked) {
  if (!asked_) return;
  const std::lock_guard lock(mutex);
  if (users++ > 0) return;
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  // Known before the handler can run.
  sigaction(SIGINT, nullptr, &before);
  sigaction(SIGINT, &action, nullptr);
}

StopOnInterrupt::~StopOnInterrupt() {
  if (!asked_) return;
  const std::lock_guard lock(mutex);
  if (--users == 0) sigaction(SIGINT, &before, nullptr);
}

bool StopOnInterrupt::requested() const { return asked_ && interrupted != 0; }

}  // namespace xtape::models
