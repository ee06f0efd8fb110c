#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "core/fork_safe_mutex.hpp"

namespace xtape::kernels {

// The most recently used values by key, at most `capacity` of them, safe to use from several threads.
// Found by a walk from the newest: a model has a handful of shapes, and a hit is among the first.
template <class Key, class Value>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  // The value of `key`, made by make() if it is not there. A value handed out outlives its eviction. Others may use the
  // cache while make() runs; of two threads that make the same value, the second one's is dropped.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    if (std::shared_ptr<const Value> value = find(key)) return value;
    auto made = std::make_shared<const Value>(make());
    const std::lock_guard lock(mutex_);
    if (std::shared_ptr<const Value> value = find_locked(key)) return value;
    entries_.emplace_front(key, std::move(made));
    if (entries_.size() > capacity_) entries_.pop_back();
    return entries_.front().second;
  }

 private:
  std::shared_ptr<const Value> find(const Key& key) {
    const std::lock_guard lock(mutex_);
    return find_locked(key);
  }

  // Makes the entry the newest; null if there is none.
  std::shared_ptr<const Value> find_locked(const Key& key) {
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (entry->first == key) {
        entries_.splice(entries_.begin(), entries_, entry);
        return entry->second;
      }
    }
    return nullptr;
  }

  std::size_t capacity_;
  core::ForkSafeMutex mutex_;
  std::list<std::pair<Key, std::shared_ptr<const Value>>> entries_;
};

}  // namespace xtape::kernels
