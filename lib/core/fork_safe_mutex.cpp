#include "core/fork_safe_mutex.hpp"

#include <pthread.h>

#include <vector>

namespace xtape::core {
namespace {

// All there are. Never destroyed, as most of them are not.
class Registry {
 public:
  static Registry& instance() {
    static Registry& registry = *new Registry;
    return registry;
  }

  void add(ForkSafeMutex* mutex) {
    const std::lock_guard lock(mutex_);
    mutexes_.push_back(mutex);
  }

  void remove(ForkSafeMutex* mutex) {
    const std::lock_guard lock(mutex_);
    std::erase(mutexes_, mutex);
  }

 private:
  Registry() {
    const auto open = [] { instance().open_all(); };
    pthread_atfork([] { instance().close_all(); }, open, open);
  }

  // Between these two none comes or goes.
  void close_all() {
    mutex_.lock();
    for (ForkSafeMutex* mutex : mutexes_) mutex->lock();
  }

  void open_all() {
    for (ForkSafeMutex* mutex : mutexes_) mutex->unlock();
    mutex_.unlock();
  }

  std::mutex mutex_;
  std::vector<ForkSafeMutex*> mutexes_;
};

}  // namespace

ForkSafeMutex::ForkSafeMutex() { Registry::instance().add(this); }

ForkSafeMutex::~ForkSafeMutex() { Registry::instance().remove(this); }

void close_mutexes_at_fork() { Registry::instance(); }

}  // namespace xtape::core
