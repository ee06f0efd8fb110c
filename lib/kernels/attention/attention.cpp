#include "kernels/attention/attention.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/linalg/gemm.hpp"
#include "kernels/softmax/softmax.hpp"
#include "kernels/support/workspace.hpp"

namespace xtape::kernels {
namespace {

// What the scores of a few queries may take of the second level cache.
constexpr int64_t score_bytes = 256 * 1024;
// Multiply-adds before another thread pays.
constexpr int64_t grain = 1 << 17;

template <class T>
int64_t queries_at_once(const AttentionSizes& sizes) {
  return std::clamp<int64_t>(score_bytes / static_cast<int64_t>(sizeof(T)) / sizes.keys, 1, sizes.queries);
}

// Calls body(matrix) for all of them, on several threads.
template <class Body>
void for_matrices(const AttentionSizes& sizes, const Body& body) {
  const int64_t work = std::max<int64_t>(1, sizes.queries * sizes.keys * (sizes.dim + sizes.value_dim));
  core::parallel_for(sizes.matrices, std::max<int64_t>(1, grain / work), body);
}

template <class T>
void fill_masked(const AttentionMask& mask, int64_t matrix, int64_t first, int64_t rows, int64_t keys, T value, T* x) {
  if (!mask.data) return;
  for (int64_t row = 0; row < rows; ++row) {
    const bool* const seen = mask.data + mask.offsets[matrix] + (first + row) * mask.row;
    for (int64_t key = 0; key < keys; ++key) {
      if (!seen[key * mask.column]) x[row * keys + key] = value;
    }
  }
}

// weights [rows, keys] = softmax(scale * query key^T) for the queries from `first` on.
template <class T>
void attention_weights(const AttentionSizes& sizes, const Matrices<const T>& query, const Matrices<const T>& key,
                       const AttentionMask& mask, T scale, int64_t matrix, int64_t first, int64_t rows, T* weights) {
  gemm<T>(false, true, rows, sizes.keys, sizes.dim, scale, query.data + query.offsets[matrix] + first * query.row,
          query.row, key.data + key.offsets[matrix], key.row, T(0), weights, sizes.keys);
  fill_masked(mask, matrix, first, rows, sizes.keys, static_cast<T>(masked_score), weights);
  softmax(weights, weights, rows, sizes.keys);
}

}  // namespace

template <class T>
void attention(const AttentionSizes& sizes, const Matrices<const T>& query, const Matrices<const T>& key,
               const Matrices<const T>& value, const AttentionMask& mask, T scale, const Matrices<T>& out) {
  const int64_t at_once = queries_at_once<T>(sizes), keys = sizes.keys;
  for_matrices(sizes, [&](int64_t begin, int64_t end) {
    const Workspace scores(static_cast<size_t>(at_once * keys) * sizeof(T));
    T* const weights = scores.as<T>();
    for (int64_t m = begin; m < end; ++m) {
      for (int64_t first = 0; first < sizes.queries; first += at_once) {
        const int64_t rows = std::min(at_once, sizes.queries - first);
        attention_weights(sizes, query, key, mask, scale, m, first, rows, weights);
        gemm<T>(false, false, rows, sizes.value_dim, keys, T(1), weights, keys, value.data + value.offsets[m],
                value.row, T(0), out.data + out.offsets[m] + first * out.row, out.row);
      }
    }
  });
}

template <class T>
void attention_vjp(const AttentionSizes& sizes, const Matrices<const T>& g, const Matrices<const T>& query,
                   const Matrices<const T>& key, const Matrices<const T>& value, const AttentionMask& mask, T scale,
                   const Matrices<T>& query_gradient, const Matrices<T>& key_gradient,
                   const Matrices<T>& value_gradient) {
  const int64_t at_once = queries_at_once<T>(sizes), keys = sizes.keys;
  for_matrices(sizes, [&](int64_t begin, int64_t end) {
    const Workspace scores(static_cast<size_t>(2 * at_once * keys) * sizeof(T));
    T* const weights = scores.as<T>();
    T* const gradient = weights + at_once * keys;
    for (int64_t m = begin; m < end; ++m) {
      for (int64_t first = 0; first < sizes.queries; first += at_once) {
        const int64_t rows = std::min(at_once, sizes.queries - first);
        // What the queries before gave the keys and values is added to.
        const T before = first == 0 ? T(0) : T(1);
        const T* const rows_of_g = g.data + g.offsets[m] + first * g.row;
        attention_weights(sizes, query, key, mask, scale, m, first, rows, weights);
        if (value_gradient.data) {
          gemm<T>(true, false, keys, sizes.value_dim, rows, T(1), weights, keys, rows_of_g, g.row, before,
                  value_gradient.data + value_gradient.offsets[m], value_gradient.row);
        }
        if (!query_gradient.data && !key_gradient.data) continue;
        gemm<T>(false, true, rows, keys, sizes.value_dim, T(1), rows_of_g, g.row, value.data + value.offsets[m],
                value.row, T(0), gradient, keys);
        softmax_vjp(gradient, weights, gradient, rows, keys);
        fill_masked(mask, m, first, rows, keys, T(0), gradient);
        if (query_gradient.data) {
          gemm<T>(false, false, rows, sizes.dim, keys, scale, gradient, keys, key.data + key.offsets[m], key.row, T(0),
                  query_gradient.data + query_gradient.offsets[m] + first * query_gradient.row, query_gradient.row);
        }
        if (key_gradient.data) {
          gemm<T>(true, false, keys, sizes.dim, rows, scale, gradient, keys,
                  query.data + query.offsets[m] + first * query.row, query.row, before,
                  key_gradient.data + key_gradient.offsets[m], key_gradient.row);
        }
      }
    }
  });
}

#define XTAPE_INSTANTIATE(T)                                                                               \
  template void attention(const AttentionSizes&, const Matrices<const T>&, const Matrices<const T>&,       \
                          const Matrices<const T>&, const AttentionMask&, T, const Matrices<T>&);          \
  template void attention_vjp(const AttentionSizes&, const Matrices<const T>&, const Matrices<const T>&,   \
                              const Matrices<const T>&, const Matrices<const T>&, const AttentionMask&, T, \
                              const Matrices<T>&, const Matrices<T>&, const Matrices<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
