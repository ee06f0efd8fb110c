#pragma once

#include <mutex>

namespace xtape::core {

// A mutex that is open in a child of this process: fork() waits until nobody holds one, and holds them all meanwhile.
// Whoever holds one neither takes another one, nor waits for the thread pool, nor forks.
class ForkSafeMutex {
 public:
  ForkSafeMutex();
  ~ForkSafeMutex();
  ForkSafeMutex(const ForkSafeMutex&) = delete;
  ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// From now on they are. Whoever registers with pthread_atfork() later is called earlier by a fork, and may still wait
// for threads that need one.
void close_mutexes_at_fork();

}  // namespace xtape::core
