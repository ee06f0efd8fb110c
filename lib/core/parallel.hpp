#pragma once

#include <algorithm>
#include <cstdint>

namespace xtape::core {

// Claims the process's one thread pool for a scope. Whoever comes second, or is already inside a parallel region,
// gets one thread: eight callers never start eight teams. BLAS and oneDNN read the OpenMP setting of the calling
// thread, which is one within a claim: what they compute is a part of ours, and they never start a team of their own.
class PoolClaim {
 public:
  PoolClaim();
  ~PoolClaim();
  PoolClaim(const PoolClaim&) = delete;
  PoolClaim& operator=(const PoolClaim&) = delete;

  int threads() const { return threads_; }

 private:
  int threads_;
  bool owner_;
  int callers_threads_;  // the setting to restore
};

// A callable that takes the given arguments, as two pointers; it must outlive this.
template <class... Arguments>
class FunctionReference {
 public:
  template <class Function>
  FunctionReference(const Function& function)
      : function_(&function),
        call_([](const void* f, Arguments... arguments) { (*static_cast<const Function*>(f))(arguments...); }) {}

  void operator()(Arguments... arguments) const { call_(function_, arguments...); }

 private:
  const void* function_;
  void (*call_)(const void*, Arguments...);
};

using PartFunction = FunctionReference<int64_t>;
using RangeFunction = FunctionReference<int64_t, int64_t>;

// Calls body(part) for parts 0, ..., parts - 1 on the threads of `claim`. Each thread begins with its own share, the
// same each time, which its cache may still hold; then it takes from those of the others, from the end: cores are not
// equally fast, least of all virtual ones. What a part throws is thrown again after all of them have ended; of several
// exceptions, that of the first part.
void for_parts(const PoolClaim& claim, int64_t parts, PartFunction body);

// Whether the calling thread runs a part of a region: what it calls is not to be split once more.
bool inside_part();

// Enough for a thread that is half as fast as another one to leave it half of its share.
constexpr int64_t parts_per_thread = 4;

// parallel_for below, for more than one grain.
void split_range(int64_t size, int64_t grain, RangeFunction body);

// Runs body(begin, end) over [0, size), on several threads where each gets at least `grain` elements. The split depends
// on size, grain and the setting alone, never on the threads that are free. What is summed up goes through
// kernels/support/chunks.hpp.
template <class Body>
void parallel_for(int64_t size, int64_t grain, const Body& body) {
  if (size >= 2 * grain)
    split_range(size, grain, body);
  else if (size > 0)
    body(int64_t{0}, size);
}

}  // namespace xtape::core
