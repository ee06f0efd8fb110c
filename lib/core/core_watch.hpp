#pragma once

#include <chrono>
#include <cstdint>

namespace xtape::core {

// Tells a thread that others want its core: how long it was ready to run and did not, which is the time on the wall
// less its own time on a CPU. To know it takes two calls of the system, so they are made once in a millisecond at most.
class CoreWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Begins to count now, for the calling thread.
  CoreWatch();

  // Begins anew at `since`: when the thread was woken, or should have been.
  void start(Clock::time_point since);

  // How long the thread had better leave its core to others, zero as long as it is all but alone there: a multiple of
  // what it has lost since the last check. The multiple is small at first, as a thread that has just started may share
  // a core by chance, and doubles each time until nothing was lost for a while: then less than a twentieth of the time
  // goes into finding out that nothing has changed.
  Clock::duration check(Clock::time_point now);

 private:
  struct Usage {
    std::chrono::nanoseconds on_cpu;
    int64_t waits;  // times that the thread gave up its core by itself: what it slept is not lost
  };
  static Usage usage();

  Clock::time_point since_;
  Usage then_;
  Clock::duration watched_{}, lost_{};  // recent sums
  int rest_;
};

}  // namespace xtape::core
