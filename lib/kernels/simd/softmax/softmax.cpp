#include "kernels/simd/softmax/softmax.hpp"

#include "kernels/simd/reduction/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// Of as many rows as a vector has lanes: their largest elements, and what was made of their sums of exp(x - center).
template <class T>
struct RowSums {
  T center[Vector<T>::lanes], sum[Vector<T>::lanes];
};

// Finds those of `count` rows. `finish` is applied to the sums; each exp(x - center) is also passed to
// each(at, part, power), `at` counting from x. Rows that fit a cache together share vectors: one row's folds and its
// division or logarithm would have to wait for each other.
template <class T, class Each, class Finish>
void find_row_sums(const T* x, int64_t count, int64_t columns, const Each& each, const Finish& finish,
                   RowSums<T>& result) {
  using V = Vector<T>;
  T *const center = result.center, *const sum = result.sum;
  const auto largest_of = [&](int64_t row) {
    return [from = x + row * columns](int64_t at, auto part) { return load(from + at, part); };
  };
  const auto exponentials_of = [&](int64_t row) {
    return [&, start = row * columns, middle = V(center[row])](int64_t at, auto part) {
      const V power = exp(load(x + start + at, part) - middle);
      __builtin_prefetch(x + start + at + count * columns);  // of the rows that come next
      each(start + at, part, power);
      return power;
    };
  };
  if (count == 1) {
    center[0] = static_cast<T>(fold_row<Largest, T>(columns, largest_of(0)));
    sum[0] = static_cast<T>(fold_row<Sum, T>(columns, exponentials_of(0)));
    store(sum, finish(V(sum[0])));
    return;
  }
  V rows[V::lanes];
  for (int64_t i = 0; i < V::lanes; ++i) rows[i] = i < count ? fold_lanes<Largest, T>(0, columns, largest_of(i)) : V(0);
  store(center, fold_each<Largest>(rows));
  for (int64_t i = 0; i < V::lanes; ++i)
    rows[i] = i < count ? fold_lanes<Sum, T>(0, columns, exponentials_of(i)) : V(1);
  store(sum, finish(fold_each<Sum>(rows)));
}

// Calls body(row, center, finished sum) for each row; a row is still in the L1 cache when its turn comes.
template <class T, class Each, class Finish, class Body>
void for_row_sums(const T* x, int64_t rows, int64_t columns, const Each& each, const Finish& finish, const Body& body) {
  constexpr int64_t lanes = Vector<T>::lanes;
  const int64_t block = columns <= 256 ? lanes : 1;
  RowSums<T> sums;
  for (int64_t first = 0; first < rows; first += block) {
    const int64_t count = rows - first < block ? rows - first : block, start = first * columns;
    find_row_sums(
        x + start, count, columns, [&](int64_t at, auto part, Vector<T> power) { each(start + at, part, power); },
        finish, sums);
    for (int64_t i = 0; i < count; ++i) body(first + i, sums.center[i], sums.sum[i]);
  }
}

// The same with log(sum(exp(x - center))).
template <class T, class Body>
void for_row_log_sums(const T* x, int64_t rows, int64_t columns, const Body& body) {
  for_row_sums(
      x, rows, columns, [](int64_t, auto, Vector<T>) {}, [](Vector<T> sum) { return log(sum); }, body);
}

// The gradient of a row whose loss does not count, whatever its logits are: 0 times NaN would be NaN.
template <class T>
void set_zero(T* row, int64_t columns) {
  for_row<T>(columns, [&](int64_t at, auto part) { store(row + at, Vector<T>(0), part); });
}

}  // namespace

template <class T>
void softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_row_sums(
      x, rows, columns, [&](int64_t at, auto part, Vector<T> power) { store(y + at, power, part); },
      [](Vector<T> sum) { return 1 / sum; },
      [&](int64_t row, T, T scale) {
        T* to = y + row * columns;
        for_row<T>(columns, [&](int64_t at, auto part) { store(to + at, load(to + at, part) * scale, part); });
      });
}

template <class T>
void log_softmax(const T* x, T* y, int64_t rows, int64_t columns) {
  for_row_log_sums(x, rows, columns, [&](int64_t row, T center, T log_sum) {
    const T* from = x + row * columns;
    T* to = y + row * columns;
    for_row<T>(columns, [&](int64_t at, auto part) { store(to + at, load(from + at, part) - center - log_sum, part); });
  });
}

template <class T>
void softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, g += columns, y += columns, out += columns) {
    const T dot = static_cast<T>(
        fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(g + at, part) * load(y + at, part); }));
    for_row<T>(columns,
               [&](int64_t at, auto part) { store(out + at, load(y + at, part) * (load(g + at, part) - dot), part); });
  }
}

template <class T>
void log_softmax_vjp(const T* g, const T* y, T* out, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, g += columns, y += columns, out += columns) {
    const T sum = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(g + at, part); }));
    for_row<T>(columns, [&](int64_t at, auto part) {
      store(out + at, load(g + at, part) - exp(load(y + at, part)) * sum, part);
    });
  }
}

template <class T>
void log_softmax_jvp(const T* dx, const T* y, T* out, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; ++row, dx += columns, y += columns, out += columns) {
    const T dot = static_cast<T>(fold_row<Sum, T>(
        columns, [&](int64_t at, auto part) { return exp(load(y + at, part)) * load(dx + at, part); }));
    for_row<T>(columns, [&](int64_t at, auto part) { store(out + at, load(dx + at, part) - dot, part); });
  }
}

template <class T>
void cross_entropy(const T* logits, const T* targets, T* loss, T* log_sums, int64_t rows, int64_t columns) {
  for_row_log_sums(logits, rows, columns, [&](int64_t row, T center, T rest) {
    log_sums[2 * row] = center;
    log_sums[2 * row + 1] = rest;
    const T of_targets = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const Vector<T> target = load(targets + row * columns + at, part);
      const Vector<T> logit = load(logits + row * columns + at, part);
      return where(target == 0, 0, target * ((center - logit) + rest));  // even where a logit is infinite
    }));
    loss[row] = rest == rest ? of_targets : rest;  // NaN even where all targets are 0
  });
}

template <class T>
void cross_entropy(const T* logits, const int64_t* labels, T* loss, T* log_sums, int64_t rows, int64_t columns) {
  for_row_log_sums(logits, rows, columns, [&](int64_t row, T center, T rest) {
    log_sums[2 * row] = center;
    log_sums[2 * row + 1] = rest;
    loss[row] = (center - logits[row * columns + labels[row]]) + rest;
  });
}

template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, T>& loss) {
  const int64_t columns = loss.columns;
  for (int64_t row = 0; row < loss.rows; ++row) {
    const T *const logits = loss.logits + row * columns, *const targets = loss.targets + row * columns;
    T* const out = loss.out + row * columns;
    const T g = loss.g[row], center = loss.log_sums[2 * row], rest = loss.log_sums[2 * row + 1];
    if (g == 0) {
      set_zero(out, columns);
      continue;
    }
    const T total =
        static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(targets + at, part); }));
    for_row<T>(columns, [&](int64_t at, auto part) {
      const Vector<T> probability = exp(load(logits + at, part) - center - rest);
      store(out + at, (probability * total - load(targets + at, part)) * g, part);
    });
  }
}

template <class T>
void cross_entropy_vjp(const CrossEntropyVjp<T, int64_t>& loss) {
  const int64_t columns = loss.columns;
  for (int64_t row = 0; row < loss.rows; ++row) {
    const T* const logits = loss.logits + row * columns;
    T* const out = loss.out + row * columns;
    const T g = loss.g[row], center = loss.log_sums[2 * row], rest = loss.log_sums[2 * row + 1];
    if (g == 0) {
      set_zero(out, columns);
      continue;
    }
    for_row<T>(columns,
               [&](int64_t at, auto part) { store(out + at, exp(load(logits + at, part) - center - rest) * g, part); });
    out[loss.targets[row]] -= g;
  }
}

template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, T>& loss) {
  const int64_t columns = loss.columns;
  for (int64_t row = 0; row < loss.rows; ++row) {
    const T *const logits = loss.logits + row * columns, *const targets = loss.targets + row * columns;
    const T* const tangents = loss.tangents + row * columns;
    const T center = loss.log_sums[2 * row], rest = loss.log_sums[2 * row + 1];
    const T total =
        static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(targets + at, part); }));
    loss.out[row] = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const Vector<T> probability = exp(load(logits + at, part) - center - rest), tangent = load(tangents + at, part);
      return where(tangent == 0, 0, (probability * total - load(targets + at, part)) * tangent);
    }));
  }
}

template <class T>
void cross_entropy_jvp(const CrossEntropyJvp<T, int64_t>& loss) {
  const int64_t columns = loss.columns;
  for (int64_t row = 0; row < loss.rows; ++row) {
    const T *const logits = loss.logits + row * columns, *const tangents = loss.tangents + row * columns;
    const T center = loss.log_sums[2 * row], rest = loss.log_sums[2 * row + 1];
    const T mean = static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const Vector<T> tangent = load(tangents + at, part);
      return where(tangent == 0, 0, exp(load(logits + at, part) - center - rest) * tangent);
    }));
    loss.out[row] = mean - tangents[loss.targets[row]];
  }
}

XTAPE_INSTANTIATE_SOFTMAX(float)
XTAPE_INSTANTIATE_SOFTMAX(double)

}  // namespace xtape::kernels::XTAPE_ISA
