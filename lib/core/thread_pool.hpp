#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>

#include "core/core_watch.hpp"
#include "core/parallel.hpp"
#include "core/shares.hpp"

namespace xtape::core {

// The process's helper threads. The caller of run() works too, and never waits for a helper that the system does not
// run: whoever has not come takes no part, and the others do it all.
//
// Invariants
// - There is one region at a time: run() is called by the owner of the claim alone.
// - `door_` holds all that helpers and caller agree upon: how many helpers are inside, whether the door is open, how
//   many threads the region is for, and its number. Only the owner opens and closes it, only helpers count themselves
//   in and out.
// - `body_` and `shares_` are the region's. The owner writes them while the door is closed and nobody is inside. A
//   helper reads them only if the door was open as it counted itself in; one that was late counts itself out at once.
// - run() returns after it has closed the door and seen nobody inside: what the region refers to may go then.
// - A helper waits for the next region with open eyes for a while, then asleep. It says `asleep` before it looks at the
//   door for the last time, and the owner opens the door before it looks for sleepers (sequentially consistent both):
//   one of them sees the other. The owner asleep in close() and the last helper inside do the same. What is said is an
//   exchange, not a store: qemu, emulating ARM on x86, lets later loads overtake a store.
// - Threads that lose their core to others (CoreWatch) step back for a time in proportion: a helper by itself, it is
//   `resting` then and not to be woken; where it happens to the caller, helpers are not called.
// - How a region is split depends on neither: results are the same whoever was there.
// - After fork() the child has no helpers, and starts its own when it needs them. A fork waits for the region of
//   another thread to end: the pool is claimed by nobody else before the fork has been. A fork from a part is an error
//   in the child: of run() or, where it is a helper that forks, of the process, whose only thread that helper is.
class ThreadPool {
 public:
  // Made by the first call, and never destroyed: helpers wait in it until the process ends.
  static ThreadPool& instance();

  // Makes the calling thread the owner, unless there is one, or somebody waits to fork.
  bool try_claim();
  void release();

  // Calls body(part), which must not throw, for the parts 0, ..., parts - 1, on the calling thread, which is the owner,
  // and on up to threads - 1 helpers.
  // @throws RuntimeError in a child that was forked off inside, where parts are lost.
  void run(int threads, int64_t parts, PartFunction body);

 private:
  using Clock = CoreWatch::Clock;

  static constexpr int most_threads = 0x7fff;

  struct alignas(64) Helper {
    std::atomic<uint32_t> state{0};
    std::atomic<Clock::rep> called_at{0};  // when it was woken, as the clock counts
  };

  ThreadPool();

  bool claim();

  void start_helpers(int count);
  void open(int threads);
  void close();
  void take_parts(int thread);

  void help(Helper& self, int thread);
  void wait_for_region(Helper& self, int thread, uint32_t served, CoreWatch& watch);
  void sleep(Helper& self, int thread, uint32_t served, CoreWatch& watch);
  static void rest(Helper& self, Clock::duration duration, CoreWatch& watch);
  void leave();

  void before_fork();
  void after_fork(bool child);

  std::atomic<const void*> owner_{nullptr};
  std::atomic<int> waiting_forks_{0};

  alignas(64) std::atomic<uint64_t> door_{0};
  alignas(64) std::atomic<uint32_t> caller_asleep_{0};

  // The owner's.
  uint64_t last_region_ = 0;  // `door_` but for who is inside and whether it is open
  PartFunction body_;
  Shares shares_;
  std::deque<Helper> helpers_;
  int most_helpers_ = most_threads - 1;  // fewer where the system has refused one
  Clock::time_point alone_until_{};

  bool claimed_to_fork_ = false, lost_parts_ = false;
  bool orphaned_ = false;  // forked off by a helper
};

}  // namespace xtape::core
