#include "core/thread_pool.hpp"

#include <omp.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>
#include <xtape/error.hpp>

#include "core/fork_safe_mutex.hpp"

namespace xtape::core {
namespace {

using namespace std::chrono_literals;

// How long a helper waits awake for the next region: longer than what lies between two of a training step.
constexpr auto helper_patience = 500us;
// How long the caller waits awake for helpers to end their parts. Asleep it leaves its core to one that has none.
constexpr auto caller_patience = 100us;

// States of a helper.
constexpr uint32_t awake = 0, asleep = 1, resting = 2;

// The door, from the lowest bit: 16 for the number of helpers inside, 1 for open, 15 for the threads that the region is
// for, 32 for its number.
constexpr uint64_t inside_bits = 0xffff, open_bit = uint64_t{1} << 16;

uint64_t region_bits(uint32_t region, int threads) {
  return uint64_t{region} << 32 | static_cast<uint64_t>(threads) << 17;
}
uint32_t region_of(uint64_t door) { return static_cast<uint32_t>(door >> 32); }
int threads_of(uint64_t door) { return static_cast<int>(door >> 17 & 0x7fff); }

// Whether there is something to do for `thread`, which served region `served` last.
bool calls(uint64_t door, int thread, uint32_t served) {
  return (door & open_bit) != 0 && region_of(door) != served && thread < threads_of(door);
}

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

thread_local bool is_helper = false;

// An address of its own for each thread.
const void* this_thread() {
  thread_local char address;
  return &address;
}

// Threads that are started meanwhile leave signals to those of the host, but for what a fault of their own raises: it
// would end the process without its handler, were it blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Where OpenMP binds threads to places (OMP_PROC_BIND, OMP_PLACES), the caller is bound to one already, and its helpers
// would inherit it: each gets the next one.
void bind_to_place(int thread) {
#if defined(__linux__)
  const int places = omp_get_num_places();
  if (places == 0) return;
  const int place = thread % places, count = omp_get_place_num_procs(place);
  std::array<int, CPU_SETSIZE> cpus;
  if (count > CPU_SETSIZE) return;
  omp_get_place_proc_ids(place, cpus.data());
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int i = 0; i < count; ++i) CPU_SET(cpus[static_cast<std::size_t>(i)], &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
#endif
}

constexpr const char* forked_inside =
    "fork() inside a parallel region: the child has lost the threads that computed parts of it";

}  // namespace

ThreadPool& ThreadPool::instance() {
  static ThreadPool& pool = *new ThreadPool;
  return pool;
}

ThreadPool::ThreadPool() : body_([](int64_t) {}) {
  close_mutexes_at_fork();
  pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(false); },
                 [] { instance().after_fork(true); });
}

bool ThreadPool::try_claim() { return waiting_forks_.load(std::memory_order_relaxed) == 0 && claim(); }

bool ThreadPool::claim() {
  const void* nobody = nullptr;
  return owner_.load(std::memory_order_relaxed) == nullptr &&
         owner_.compare_exchange_strong(nobody, this_thread(), std::memory_order_acquire, std::memory_order_relaxed);
}

void ThreadPool::release() { owner_.store(nullptr, std::memory_order_release); }

void ThreadPool::run(int threads, int64_t parts, PartFunction body) {
  const int team = static_cast<int>(std::min<int64_t>({threads, parts, most_threads}));
  thread_local CoreWatch watch;
  if (alone_until_ != Clock::time_point{}) {
    const auto now = Clock::now();
    if (now < alone_until_) {
      for (int64_t part = 0; part < parts; ++part) body(part);
      return;
    }
    alone_until_ = {};
    watch.start(now);
  }
  start_helpers(team - 1);
  body_ = body;
  shares_.deal(parts, team);
  open(team);
  take_parts(0);
  close();
  const auto now = Clock::now();
  if (const auto rest = watch.check(now); rest > Clock::duration{}) alone_until_ = now + rest;
  if (std::exchange(lost_parts_, false)) throw RuntimeError(forked_inside);
}

void ThreadPool::start_helpers(int count) {
  count = std::min(count, most_helpers_);
  if (static_cast<int>(helpers_.size()) >= count) return;
  const SignalsBlocked signals_blocked;
  while (static_cast<int>(helpers_.size()) < count) {
    Helper& helper = helpers_.emplace_back();
    try {
      std::thread(&ThreadPool::help, this, std::ref(helper), static_cast<int>(helpers_.size())).detach();
    } catch (const std::exception&) {
      helpers_.pop_back();  // the system has no more threads, or memory: those that there are do the work
      most_helpers_ = static_cast<int>(helpers_.size());
    }
    count = std::min(count, most_helpers_);
  }
}

void ThreadPool::open(int threads) {
  const uint64_t region = region_bits(region_of(last_region_) + 1, threads);
  door_.fetch_add(region - last_region_ + open_bit);
  last_region_ = region;
  const auto called = std::min(static_cast<std::size_t>(threads - 1), helpers_.size());
  for (std::size_t i = 0; i < called; ++i) {
    Helper& helper = helpers_[i];
    if (helper.state.load() != asleep) continue;
    helper.called_at.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    helper.state.store(awake);
    helper.state.notify_one();
  }
}

void ThreadPool::take_parts(int thread) {
  for (int64_t part; (part = shares_.take(thread)) >= 0;) body_(part);
}

void ThreadPool::close() {
  if (((door_.fetch_sub(open_bit, std::memory_order_acq_rel) - open_bit) & inside_bits) == 0) return;
  const auto start = Clock::now();
  do {
    for (int i = 0; i < 16; ++i) {
      if ((door_.load(std::memory_order_acquire) & inside_bits) == 0) return;
      pause();
    }
  } while (Clock::now() - start < caller_patience);
  for (;;) {
    caller_asleep_.exchange(1);
    if ((door_.load() & inside_bits) == 0) break;
    caller_asleep_.wait(1);
  }
  caller_asleep_.store(0, std::memory_order_relaxed);
}

void ThreadPool::leave() {
  if ((door_.fetch_sub(1) & inside_bits) != 1 || caller_asleep_.load() == 0) return;
  caller_asleep_.store(0);
  caller_asleep_.notify_one();
}

void ThreadPool::help(Helper& self, int thread) {
  is_helper = true;
  omp_set_num_threads(1);  // for oneDNN and BLAS
  bind_to_place(thread);
  // A new thread may have been put beside its maker. Whoever wakes up gets a core that is free.
  std::this_thread::sleep_for(20us);
  CoreWatch watch;
  for (uint32_t served = 0;;) {
    wait_for_region(self, thread, served, watch);
    const uint64_t door = door_.fetch_add(1, std::memory_order_acquire);
    if (calls(door, thread, served)) {
      served = region_of(door);
      take_parts(thread);
      if (orphaned_) throw RuntimeError(forked_inside);  // to nobody: this process has no other thread
    }
    leave();
  }
}

void ThreadPool::wait_for_region(Helper& self, int thread, uint32_t served, CoreWatch& watch) {
  for (auto start = Clock::now();;) {
    for (int i = 0; i < 16; ++i) {
      if (calls(door_.load(std::memory_order_relaxed), thread, served)) return;
      pause();
    }
    const auto now = Clock::now();
    if (const auto duration = watch.check(now); duration > Clock::duration{}) {
      rest(self, duration, watch);
      start = Clock::now();
    } else if (now - start > helper_patience) {
      sleep(self, thread, served, watch);
      start = Clock::now();
    }
  }
}

void ThreadPool::sleep(Helper& self, int thread, uint32_t served, CoreWatch& watch) {
  self.state.exchange(asleep);
  if (calls(door_.load(), thread, served)) {
    self.state.store(awake);
    return;
  }
  self.state.wait(asleep);
  // Waking takes a while; where it takes long, somebody else had the core.
  const auto now = Clock::now();
  const Clock::time_point called{Clock::duration(self.called_at.load(std::memory_order_relaxed))};
  watch.start(now - called > 500us ? called : now);
}

void ThreadPool::rest(Helper& self, Clock::duration duration, CoreWatch& watch) {
  self.state.store(resting);
  std::this_thread::sleep_for(duration);
  self.state.store(awake);
  watch.start(Clock::now());
}

void ThreadPool::before_fork() {
  if (is_helper || owner_.load() == this_thread()) return;
  ++waiting_forks_;
  while (!claim()) std::this_thread::sleep_for(50us);
  --waiting_forks_;
  claimed_to_fork_ = true;
}

void ThreadPool::after_fork(bool child) {
  if (child && is_helper) orphaned_ = true;
  if (child && !is_helper) {
    // The helpers' own memory goes with them; one that was just looking for a region may have counted itself in.
    lost_parts_ = (door_.load() & open_bit) != 0 && (door_.load() & inside_bits) != 0;
    door_.fetch_and(~inside_bits);
    helpers_.clear();
    waiting_forks_ = 0;
  }
  if (std::exchange(claimed_to_fork_, false)) release();
}

}  // namespace xtape::core
