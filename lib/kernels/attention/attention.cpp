#include "kernels/attention/attention.hpp"

#include <algorithm>
#include <limits>

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

// The queries that are worked on at one time: `rows` of one matrix, from `first` on.
struct QueryBlock {
  int64_t matrix, first, rows;
};

// x [rows, keys] = value where a query of the block does not see a key. Whether each query sees one.
template <class T>
bool fill_masked(const AttentionInputs<T>& inputs, const QueryBlock& block, T value, T* x) {
  const AttentionMask& mask = inputs.mask;
  if (!mask.data) return true;
  const int64_t keys = inputs.sizes.keys;
  bool all_see = true;
  for (int64_t row = 0; row < block.rows; ++row) {
    const bool* const seen = mask.data + mask.offsets[block.matrix] + (block.first + row) * mask.row;
    bool sees = false;
    for (int64_t key = 0; key < keys; ++key) {
      sees |= seen[key * mask.column];
      if (!seen[key * mask.column]) x[row * keys + key] = value;
    }
    all_see &= sees;
  }
  return all_see;
}

// weights [rows, keys] = softmax(scale * query key^T), zeros for a query that sees no key.
template <class T>
void attention_weights(const AttentionInputs<T>& inputs, const QueryBlock& block, T* weights) {
  const auto [matrix, first, rows] = block;
  const int64_t keys = inputs.sizes.keys, dim = inputs.sizes.dim;
  gemm<T>(inputs.scale, inputs.query.matrix(matrix, first, rows, dim),
          inputs.key.matrix(matrix, 0, keys, dim).transpose(), T(0), {weights, rows, keys, keys});
  // Minus infinity is below every score. Where it is all that there is, the softmax is no number, and zeros replace it.
  const bool all_see = fill_masked(inputs, block, -std::numeric_limits<T>::infinity(), weights);
  softmax(weights, weights, rows, keys);
  if (!all_see) fill_masked(inputs, block, T(0), weights);
}

// What the queries of a block give to the gradients, where gradients of keys and values hold those of the blocks
// before. `weights` and `scores` [rows, keys] are memory to work in.
template <class T>
void add_block_gradients(const AttentionInputs<T>& inputs, const QueryBlock& block,
                         const Matrices<const T>& out_gradient, const AttentionGradients<T>& gradients, T* weights,
                         T* scores) {
  const auto [m, first, rows] = block;
  const int64_t keys = inputs.sizes.keys, dim = inputs.sizes.dim, value_dim = inputs.sizes.value_dim;
  const T before = first == 0 ? T(0) : T(1);
  const Matrix<const T> g = out_gradient.matrix(m, first, rows, value_dim);
  attention_weights(inputs, block, weights);
  if (gradients.value.data) {
    gemm<T>(T(1), Matrix<const T>{weights, rows, keys, keys}.transpose(), g, before,
            gradients.value.matrix(m, 0, keys, value_dim));
  }
  if (!gradients.query.data && !gradients.key.data) return;
  gemm<T>(T(1), g, inputs.value.matrix(m, 0, keys, value_dim).transpose(), T(0), {scores, rows, keys, keys});
  softmax_vjp(scores, weights, scores, rows, keys);
  fill_masked(inputs, block, T(0), scores);
  const Matrix<const T> score_gradient{scores, rows, keys, keys};
  if (gradients.query.data) {
    gemm<T>(inputs.scale, score_gradient, inputs.key.matrix(m, 0, keys, dim), T(0),
            gradients.query.matrix(m, first, rows, dim));
  }
  if (gradients.key.data) {
    gemm<T>(inputs.scale, score_gradient.transpose(), inputs.query.matrix(m, first, rows, dim), before,
            gradients.key.matrix(m, 0, keys, dim));
  }
}

// Calls body(block) for the queries of the matrices [begin, end), one block after the other.
template <class T, class Body>
void for_query_blocks(const AttentionSizes& sizes, int64_t begin, int64_t end, const Body& body) {
  const int64_t at_once = queries_at_once<T>(sizes);
  for (int64_t m = begin; m < end; ++m)
    for (int64_t first = 0; first < sizes.queries; first += at_once)
      body(QueryBlock{m, first, std::min(at_once, sizes.queries - first)});
}

}  // namespace

template <class T>
void attention(const AttentionInputs<T>& inputs, const Matrices<T>& out) {
  const AttentionSizes& sizes = inputs.sizes;
  for_matrices(sizes, [&](int64_t begin, int64_t end) {
    const Workspace scores(static_cast<size_t>(queries_at_once<T>(sizes) * sizes.keys) * sizeof(T));
    T* const weights = scores.as<T>();
    for_query_blocks<T>(sizes, begin, end, [&](const QueryBlock& block) {
      attention_weights(inputs, block, weights);
      gemm<T>(T(1), {weights, block.rows, sizes.keys, sizes.keys},
              inputs.value.matrix(block.matrix, 0, sizes.keys, sizes.value_dim), T(0),
              out.matrix(block.matrix, block.first, block.rows, sizes.value_dim));
    });
  });
}

template <class T>
void attention_vjp(const AttentionInputs<T>& inputs, const Matrices<const T>& out_gradient,
                   const AttentionGradients<T>& gradients) {
  const AttentionSizes& sizes = inputs.sizes;
  for_matrices(sizes, [&](int64_t begin, int64_t end) {
    const int64_t size = queries_at_once<T>(sizes) * sizes.keys;
    const Workspace scores(static_cast<size_t>(2 * size) * sizeof(T));
    T* const weights = scores.as<T>();
    for_query_blocks<T>(sizes, begin, end, [&](const QueryBlock& block) {
      add_block_gradients(inputs, block, out_gradient, gradients, weights, weights + size);
    });
  });
}

#define XTAPE_INSTANTIATE(T)                                              \
  template void attention(const AttentionInputs<T>&, const Matrices<T>&); \
  template void attention_vjp(const AttentionInputs<T>&, const Matrices<const T>&, const AttentionGradients<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
