#pragma once

#include <cstdint>

#include <xtape/export.hpp>

namespace xtape {

/// What the caching allocator holds, in bytes.
struct MemoryStatistics {
  /// In use by tensors and tape nodes.
  int64_t allocated_bytes = 0;
  /// Freed, kept for reuse.
  int64_t cached_bytes = 0;
  /// The largest sum of both so far.
  int64_t peak_bytes = 0;
  /// How often memory was asked from the system: constant once a loop is warm.
  int64_t system_allocations = 0;
};

XTAPE_API MemoryStatistics memory_statistics();

/// Returns all cached memory to the system (small blocks only of the calling thread and of ended threads).
XTAPE_API void empty_cache();

/// Limits the cache: memory freed beyond `bytes` goes back to the system at once. Default: 8 GiB.
/// @throws ValueError if negative.
XTAPE_API void set_cache_limit(int64_t bytes);
XTAPE_API int64_t get_cache_limit();

}  // namespace xtape
