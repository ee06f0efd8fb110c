#pragma once

#include <algorithm>
#include <cstdint>
#include <xtape/threads.hpp>

#include "core/parallel.hpp"

namespace xtape::kernels {

// How many parts to split `rows` rows of `columns` elements into: `per_thread` for each thread, where each gets `grain`
// elements.
inline int64_t chunk_count(int64_t rows, int64_t columns, int64_t grain, int64_t per_thread = 1) {
  const int threads = get_num_threads();
  return std::clamp<int64_t>(rows * columns / grain, 1,
                             std::min<int64_t>(threads > 1 ? threads * per_thread : 1, std::max<int64_t>(rows, 1)));
}

// Calls body(chunk, begin, end) for each of `count` parts of [0, size), on as many threads as there are. The parts are
// the same where fewer threads are free, so partial results do not depend on that.
template <class Body>
void for_each_chunk(int64_t size, int64_t count, const Body& body) {
  if (count == 1) return body(int64_t{0}, int64_t{0}, size);
  const core::PoolClaim claim;
  core::for_parts(claim, count, [&](int64_t chunk) { body(chunk, size * chunk / count, size * (chunk + 1) / count); });
}

}  // namespace xtape::kernels
