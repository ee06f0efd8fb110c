#pragma once

#include <algorithm>

#include "kernels/support/chunks.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {

// How many chunks a thread can have: several, so that one that is done can take from the others, where a sum is so
// small that one for each costs little.
template <class T>
int64_t sums_per_thread(int64_t size) {
  return size * static_cast<int64_t>(sizeof(T)) <= (int64_t{1} << 18) ? core::parts_per_thread : 1;
}

// result [size] = the sum of `count` parts, where body(part, sum) sets sum [size]. Each part has memory of its own; the
// parts are then added in order, so that the result does not depend on which thread was first.
template <class T, class Body>
void sum_of_parts(int64_t count, int64_t size, T* result, const Body& body) {
  const Workspace later_sums(static_cast<std::size_t>((count - 1) * size) * sizeof(T));
  const auto sum_of = [&](int64_t part) { return part == 0 ? result : later_sums.as<T>() + (part - 1) * size; };
  for_each_chunk(count, count, [&](int64_t part, int64_t, int64_t) { body(part, sum_of(part)); });
  core::parallel_for(size, (int64_t{1} << 15) / count, [&](int64_t begin, int64_t end) {
    for (int64_t part = 1; part < count; ++part)
      for (int64_t i = begin; i < end; ++i) result[i] += sum_of(part)[i];
  });
}

// result [size] = the sum over `rows` rows in `count` chunks, where body(begin, end, sum) adds the rows [begin, end)
// to sum.
template <class T, class Body>
void sum_of_chunks(int64_t rows, int64_t count, int64_t size, T* result, const Body& body) {
  sum_of_parts(count, size, result, [&](int64_t chunk, T* sum) {
    std::fill_n(sum, size, T(0));
    body(rows * chunk / count, rows * (chunk + 1) / count, sum);
  });
}

}  // namespace xtape::kernels
