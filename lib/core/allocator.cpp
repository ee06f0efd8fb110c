#include "core/allocator.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <vector>
#include <xtape/detail/load_limits.hpp>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/memory.hpp>

#include "core/fork_safe_mutex.hpp"

// Where a block is, and what may touch it:
//
//   in use   owned by whoever called allocate; nothing in here points to it.
//   small    (up to small_limit) free, in the list of its size in one thread's SmallCache. Only that thread takes from
//            the lists or adds to them, so that they need no lock; a block may be freed by another thread than the one
//            that took it, and then joins the list there. The counts alone are atomic: statistics read them.
//   large    (above) free, in large_ under its size. Guarded by mutex_, as everything in Pool is.
//   system   given back by std::free.
//
// Invariants:
//   - A block has the size rounded(bytes) for as long as it exists, and rounded depends on `bytes` alone: deallocate
//     finds the list from the size that the caller names, blocks carry no header.
//   - from_system_bytes_ = in use + small + large, so that what is in use need not be counted on every call.
//   - cached_ is what large_ holds, and at most cache_limit_; small blocks come on top, at most small_class_limit for
//     each size and thread.
//   - A SmallCache is in threads_ exactly while its thread lives; retire() empties it and takes it out. After that,
//     while other objects of the thread are destroyed, thread_state.ended sends blocks straight to the system.
//   - Nothing is called with mutex_ held that could allocate from here or throw.
//   - allocate returns memory or throws OutOfMemory; a request that fails is tried once more after the caches that this
//     thread may touch, its own and large_, went back to the system. Under overcommit the system may give addresses for
//     more than there is: such memory fails when it is touched, which no library can prevent.

namespace xtape::core {
namespace {

// A sanitizer sees use after free only if freed blocks are not handed out again.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool caching = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool caching = false;
#else
constexpr bool caching = true;
#endif
#else
constexpr bool caching = true;
#endif

constexpr std::size_t alignment = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
// Blocks up to this size live in per-thread lists, without a lock.
constexpr std::size_t small_limit = 4096;
constexpr std::size_t small_classes = small_limit / alignment;
// A thread that frees more than it allocates gives blocks of a class back above this many bytes.
constexpr std::size_t small_class_limit = std::size_t{1} << 20;

// Whether a block may lie in a thread's list, and in which. (One of no bytes does not.)
bool is_small(std::size_t bytes) { return bytes - 1 < small_limit; }
std::size_t small_class(std::size_t bytes) { return (bytes + alignment - 1) / alignment; }

// Sizes are rounded up to an eighth of the next lower power of two: at most 12.5 % are lost.
std::size_t rounded(std::size_t bytes) {
  if (bytes <= small_limit) return (std::max<std::size_t>(bytes, 1) + alignment - 1) & ~(alignment - 1);
  const std::size_t step = std::bit_floor(bytes - 1) / 8;
  return (bytes + step - 1) / step * step;
}

struct FreeBlock {
  FreeBlock* next;
};

// The free small blocks of one thread. Only that thread writes the counts; statistics read them.
struct SmallCache {
  struct List {
    FreeBlock* head = nullptr;
    std::atomic<std::size_t> count{0};
  };
  std::array<List, small_classes + 1> lists;

  int64_t bytes() const {
    std::size_t sum = 0;
    for (std::size_t c = 0; c <= small_classes; ++c)
      sum += lists[c].count.load(std::memory_order_relaxed) * c * alignment;
    return static_cast<int64_t>(sum);
  }
};

class Pool {
 public:
  // Never destroyed: tensors in static storage are freed after main has returned.
  static Pool& instance() {
    static Pool* pool = new Pool;
    return *pool;
  }

  void* take_large(std::size_t size) {
    {
      const std::lock_guard lock(mutex_);
      auto found = large_.find(size);
      if (found != large_.end() && !found->second.empty()) {
        void* block = found->second.back();
        found->second.pop_back();
        cached_ -= static_cast<int64_t>(size);
        return block;
      }
    }
    return from_system(size);
  }

  void give_large(void* block, std::size_t size) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (caching && cached_ + static_cast<int64_t>(size) <= cache_limit_) {
        large_[size].push_back(block);
        cached_ += static_cast<int64_t>(size);
        return;
      }
    }
    to_system(block, size);
  }

  void enroll(SmallCache* cache) {
    const std::lock_guard lock(mutex_);
    threads_.push_back(cache);
  }

  void retire(SmallCache* cache) {
    release(*cache);
    const std::lock_guard lock(mutex_);
    std::erase(threads_, cache);
  }

  void release(SmallCache& cache) {
    for (std::size_t c = 0; c <= small_classes; ++c) {
      auto& list = cache.lists[c];
      while (list.head) {
        FreeBlock* block = list.head;
        list.head = block->next;
        to_system(block, c * alignment);
      }
      list.count.store(0, std::memory_order_relaxed);
    }
  }

  void release_large() {
    const std::lock_guard lock(mutex_);
    for (auto& [size, blocks] : large_) {
      for (void* block : blocks) {
        std::free(block);
        from_system_bytes_ -= static_cast<int64_t>(size);
      }
      cached_ -= static_cast<int64_t>(size * blocks.size());
    }
    large_.clear();
  }

  MemoryStatistics statistics() {
    const std::lock_guard lock(mutex_);
    int64_t cached = cached_;
    for (const SmallCache* cache : threads_) cached += cache->bytes();
    return {from_system_bytes_ - cached, cached, peak_, system_allocations_};
  }

  void set_limit(int64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      cache_limit_ = bytes;
      if (cached_ <= bytes) return;
    }
    release_large();
  }

  int64_t limit() {
    const std::lock_guard lock(mutex_);
    return cache_limit_;
  }

  // @throws OutOfMemory.
  void* from_system(std::size_t size) {
    detail::MemoryLimit::take(size);
    const std::size_t aligned = size >= huge_page ? huge_page : alignment;
    const std::size_t whole = (size + aligned - 1) / aligned * aligned;
    void* block = std::aligned_alloc(aligned, whole);
    if (!block) {
      // What lies in the cache may be in other sizes, or just enough.
      empty_cache();
      block = std::aligned_alloc(aligned, whole);
    }
    if (!block) throw_out_of_memory("allocate: a block", size);
#if defined(MADV_HUGEPAGE)
    if (size >= huge_page) madvise(block, size, MADV_HUGEPAGE);
#endif
    const std::lock_guard lock(mutex_);
    ++system_allocations_;
    from_system_bytes_ += static_cast<int64_t>(size);
    peak_ = std::max(peak_, from_system_bytes_);
    return block;
  }

  void to_system(void* block, std::size_t size) noexcept {
    std::free(block);
    detail::MemoryLimit::give(size);
    const std::lock_guard lock(mutex_);
    from_system_bytes_ -= static_cast<int64_t>(size);
  }

 private:
  ForkSafeMutex mutex_;
  std::map<std::size_t, std::vector<void*>> large_;
  std::vector<SmallCache*> threads_;
  int64_t from_system_bytes_ = 0;
  // In large_ only.
  int64_t cached_ = 0;
  int64_t peak_ = 0;
  int64_t system_allocations_ = 0;
  int64_t cache_limit_ = int64_t{8} << 30;
};

// Trivially destructible, so that it can be asked while the thread's other objects are being destroyed.
struct ThreadState {
  SmallCache* cache = nullptr;
  bool ended = false;
};
thread_local ThreadState thread_state;

struct ThreadGuard {
  SmallCache cache;
  ThreadGuard() {
    Pool::instance().enroll(&cache);
    thread_state.cache = &cache;
  }
  ~ThreadGuard() {
    thread_state = {nullptr, true};
    Pool::instance().retire(&cache);
  }
};

SmallCache* begin_thread() {
  if (thread_state.ended) return nullptr;
  static thread_local ThreadGuard guard;
  return &guard.cache;
}

SmallCache* small_cache() { return thread_state.cache ? thread_state.cache : begin_thread(); }

// The slow ways, for blocks that are large or for which the thread's lists have no block or no room.
[[gnu::noinline]] void* allocate_afresh(std::size_t size) {
  return size > small_limit ? Pool::instance().take_large(size) : Pool::instance().from_system(size);
}
[[gnu::noinline]] void give_back(void* block, std::size_t size) noexcept {
  if (size > small_limit) return Pool::instance().give_large(block, size);
  Pool::instance().to_system(block, size);
}

// "70368744177664 bytes (64.0 TiB)".
std::string bytes_text(std::size_t bytes) {
  constexpr const char* units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::string text = std::to_string(bytes) + " bytes";
  auto count = static_cast<double>(bytes) / 1024;
  if (count < 1) return text;
  std::size_t unit = 0;
  for (; count >= 1024 && unit + 1 < std::size(units); ++unit) count /= 1024;
  char rounded_count[32];
  std::snprintf(rounded_count, sizeof(rounded_count), " (%.1f ", count);
  return text + rounded_count + units[unit] + ")";
}

}  // namespace

void throw_out_of_memory(const std::string& what, std::size_t bytes) {
  const MemoryStatistics now = memory_statistics();
  throw OutOfMemory(what + " needs " + bytes_text(bytes) + ", which the system does not give; " +
                    bytes_text(static_cast<std::size_t>(now.allocated_bytes)) + " are in use, " +
                    bytes_text(static_cast<std::size_t>(now.cached_bytes)) + " cached");
}

void* allocate(std::size_t bytes) {
  if (is_small(bytes)) [[likely]] {
    if (SmallCache* cache = small_cache()) [[likely]] {
      SmallCache::List& list = cache->lists[small_class(bytes)];
      if (FreeBlock* block = list.head) [[likely]] {
        list.head = block->next;
        list.count.store(list.count.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        return block;
      }
    }
  }
  return allocate_afresh(rounded(bytes));
}

void deallocate(void* block, std::size_t bytes) noexcept {
  if (!block) return;
  if (is_small(bytes)) [[likely]] {
    if (SmallCache* cache = small_cache(); cache && caching) [[likely]] {
      SmallCache::List& list = cache->lists[small_class(bytes)];
      const std::size_t count = list.count.load(std::memory_order_relaxed);
      if (count * small_class(bytes) < small_class_limit / alignment) [[likely]] {
        auto* freed = static_cast<FreeBlock*>(block);
        freed->next = list.head;
        list.head = freed;
        list.count.store(count + 1, std::memory_order_relaxed);
        return;
      }
    }
  }
  give_back(block, rounded(bytes));
}

}  // namespace xtape::core

namespace xtape {

MemoryStatistics memory_statistics() { return core::Pool::instance().statistics(); }

void empty_cache() {
  if (core::SmallCache* cache = core::small_cache()) core::Pool::instance().release(*cache);
  core::Pool::instance().release_large();
}

void set_cache_limit(int64_t bytes) {
  detail::check_at_least(0, "set_cache_limit", "bytes", bytes);
  core::Pool::instance().set_limit(bytes);
}

int64_t get_cache_limit() { return core::Pool::instance().limit(); }

}  // namespace xtape
