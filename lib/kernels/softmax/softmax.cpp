#include "kernels/softmax/softmax.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/simd/softmax/softmax.hpp"

namespace xtape::kernels {
namespace {

// Calls body(begin, end) for ranges of rows.
template <class Body>
void for_rows(int64_t rows, int64_t columns, const Body& body) {
  constexpr int64_t grain = 1 << 13;
  if (columns > 0) core::parallel_for(rows, std::max<int64_t>(1, grain / columns), body);
}

// The rows [begin, end), but for their targets.
template <class T, class Target>
CrossEntropyVjp<T, Target> part_of(CrossEntropyVjp<T, Target> loss, int64_t begin, int64_t end) {
  loss.rows = end - begin;
  loss.g += begin;
  loss.logits += begin * loss.columns;
  loss.log_sums += 2 * begin;
  loss.out += begin * loss.columns;
  return loss;
}
template <class T, class Target>
CrossEntropyJvp<T, Target> part_of(CrossEntropyJvp<T, Target> loss, int64_t begin, int64_t end) {
  loss.rows = end - begin;
  loss.logits += begin * loss.columns;
  loss.tangents += begin * loss.columns;
  loss.log_sums += 2 * begin;
  loss.out += begin;
  return loss;
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(softmax(x + begin * columns, y + begin * columns, end - begin, columns));
  });
}

template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    XTAPE_DISPATCH(log_softmax(x + begin * columns, y + begin * columns, end - begin, columns));
  });
}

template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(softmax_vjp(g + at, y + at, out + at, end - begin, columns));
  });
}

template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(log_softmax_vjp(g + at, y + at, out + at, end - begin, columns));
  });
}

template <class T>
void log_softmax_jvp(const T* dx, const T* y, T* out, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(log_softmax_jvp(dx + at, y + at, out + at, end - begin, columns));
  });
}

template <class T>
void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sums, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(cross_entropy(logits + at, targets + at, loss + begin, log_sums + 2 * begin, end - begin, columns));
  });
}

template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sums, int64_t rows, int64_t columns) {
  for_rows(rows, columns, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * columns;
    XTAPE_DISPATCH(
        cross_entropy(logits + at, labels + begin, loss + begin, log_sums + 2 * begin, end - begin, columns));
  });
}

template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, T>& loss) {
  for_rows(loss.rows, loss.columns, [&](int64_t begin, int64_t end) {
    CrossEntropyVjp<T, T> part = part_of(loss, begin, end);
    part.targets += begin * loss.columns;
    XTAPE_DISPATCH(cross_entropy_vjp(part));
  });
}

template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, int64_t>& loss) {
  for_rows(loss.rows, loss.columns, [&](int64_t begin, int64_t end) {
    CrossEntropyVjp<T, int64_t> part = part_of(loss, begin, end);
    part.targets += begin;
    XTAPE_DISPATCH(cross_entropy_vjp(part));
  });
}

template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, T>& loss) {
  for_rows(loss.rows, loss.columns, [&](int64_t begin, int64_t end) {
    CrossEntropyJvp<T, T> part = part_of(loss, begin, end);
    part.targets += begin * loss.columns;
    XTAPE_DISPATCH(cross_entropy_jvp(part));
  });
}

template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, int64_t>& loss) {
  for_rows(loss.rows, loss.columns, [&](int64_t begin, int64_t end) {
    CrossEntropyJvp<T, int64_t> part = part_of(loss, begin, end);
    part.targets += begin;
    XTAPE_DISPATCH(cross_entropy_jvp(part));
  });
}

XTAPE_INSTANTIATE_SOFTMAX(float)
XTAPE_INSTANTIATE_SOFTMAX(double)

}  // namespace xtape::kernels
