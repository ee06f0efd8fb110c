#include "kernels/reduction/reduce.hpp"

#include <limits>
#include <type_traits>
#include <vector>

#include "kernels/simd/reduction/reduce.hpp"
#include "kernels/support/chunks.hpp"
#include "kernels/support/dtypes.hpp"

namespace xtape::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

// The reduction of nothing.
template <class T>
constexpr T identity(Reduction op) {
  using limits = std::numeric_limits<T>;
  switch (op) {
    case Reduction::max:
      return limits::has_infinity ? -limits::infinity() : limits::lowest();
    case Reduction::min:
      return limits::has_infinity ? limits::infinity() : limits::max();
    case Reduction::sum:
      break;
  }
  return T(0);
}

// One large row, or one large matrix by its columns, in a part for each thread.
template <class T>
void reduce_one(Reduction op, const T* x, T* y, int64_t rows, int64_t columns) {
  const int64_t chunks = chunk_count(rows, columns, grain);
  std::vector<T> partial(static_cast<size_t>(chunks * columns));
  for_each_chunk(rows, chunks, [&](int64_t chunk, int64_t begin, int64_t end) {
    const T* const from = x + begin * columns;
    T* const to = chunks == 1 ? y : partial.data() + chunk * columns;
    if (columns == 1)
      XTAPE_DISPATCH(reduce_rows(op, from, to, 1, end - begin));
    else
      XTAPE_DISPATCH(reduce_columns(op, from, to, end - begin, columns));
  });
  if (chunks == 1) return;
  const T* const parts = partial.data();
  if (columns == 1)
    XTAPE_DISPATCH(reduce_rows(op, parts, y, 1, chunks));
  else
    XTAPE_DISPATCH(reduce_columns(op, parts, y, chunks, columns));
}

template <class T>
void reduce_floating(Reduction op, const T* x, T* y, const AxisView& view) {
  const int64_t outer = view.outer, reduced = view.size, inner = view.inner;
  if (reduced == 0) {
    std::fill(y, y + outer * inner, identity<T>(op));
    return;
  }
  if (outer * inner == 0) return;
  const int64_t size = reduced * inner;
  if (outer < get_num_threads() && size >= 2 * grain) {
    for (int64_t index = 0; index < outer; ++index) reduce_one(op, x + index * size, y + index * inner, reduced, inner);
    return;
  }
  core::parallel_for(outer, std::max<int64_t>(1, grain / size), [&](int64_t begin, int64_t end) {
    if (inner == 1) {
      XTAPE_DISPATCH(reduce_rows(op, x + begin * size, y + begin, end - begin, reduced));
    } else {
      for (int64_t index = begin; index < end; ++index)
        XTAPE_DISPATCH(reduce_columns(op, x + index * size, y + index * inner, reduced, inner));
    }
  });
}

// Plain loops; max and min.
template <class T>
void reduce_integers(Reduction op, const T* x, T* y, const AxisView& view) {
  const int64_t size = view.size * view.inner, inner = view.inner;
  core::parallel_for(view.outer, std::max<int64_t>(1, grain / std::max<int64_t>(size, 1)),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t index = begin; index < end; ++index) {
                         T* to = y + index * inner;
                         std::fill(to, to + inner, identity<T>(op));
                         for (int64_t row = 0; row < view.size; ++row)
                           for (int64_t column = 0; column < inner; ++column)
                             to[column] = op == Reduction::max ? std::max(to[column], x[index * size + row * inner + column])
                                                              : std::min(to[column], x[index * size + row * inner + column]);
                       }
                     });
}

}  // namespace

template <class T>
void reduce(Reduction op, const T* x, T* y, const AxisView& view) {
  if constexpr (std::is_floating_point_v<T>)
    reduce_floating(op, x, y, view);
  else
    reduce_integers(op, x, y, view);
}

#define XTAPE_INSTANTIATE(T) template void reduce(Reduction, const T*, T*, const AxisView&);
XTAPE_ALL_TYPES(XTAPE_INSTANTIATE)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
