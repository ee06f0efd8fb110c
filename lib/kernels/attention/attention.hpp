#pragma once

#include <cstdint>

#include "kernels/linalg/matrix.hpp"

// Scaled dot-product attention (Vaswani et al., 2017) for float and double. The scores exist for a few queries at a
// time, in the cache; the gradient computes them again.
//
// On entry: sizes are positive, the rows of all matrices are contiguous, and nothing written overlaps anything else
// that is given. A part of the matrices belongs to one thread, with all their rows and a workspace for the scores that
// it frees when it is done; so that gradients of keys and values are added up in the order of the queries.
namespace xtape::kernels {

// Equally many matrices in memory: element (i, j) of matrix m is data[offsets[m] + i * row + j].
template <class T>
struct Matrices {
  T* data;
  const int64_t* offsets;
  int64_t row;

  // `rows` rows of matrix m, from row `first` on.
  Matrix<T> matrix(int64_t m, int64_t first, int64_t rows, int64_t columns) const {
    return {data + offsets[m] + first * row, rows, columns, row};
  }
};

// Which keys a query sees: data[offsets[m] + query * row + key * column]; all where data is null.
struct AttentionMask {
  const bool* data = nullptr;
  const int64_t* offsets = nullptr;
  int64_t row = 0, column = 0;
};

struct AttentionSizes {
  int64_t matrices, queries, keys, dim, value_dim;
};

// What attention reads.
template <class T>
struct AttentionInputs {
  AttentionSizes sizes;
  Matrices<const T> query;  // [queries, dim]
  Matrices<const T> key;    // [keys, dim]
  Matrices<const T> value;  // [keys, value_dim]
  AttentionMask mask;
  T scale;  // of the scores, before the softmax
};

// The gradients of query, key and value; where data is null, none is computed.
template <class T>
struct AttentionGradients {
  Matrices<T> query, key, value;
};

// out [queries, value_dim] = softmax(scale * query key^T) value, zeros for a query that sees no key.
template <class T>
void attention(const AttentionInputs<T>& inputs, const Matrices<T>& out);

// The gradients, given that of out.
template <class T>
void attention_vjp(const AttentionInputs<T>& inputs, const Matrices<const T>& out_gradient,
                   const AttentionGradients<T>& gradients);

}  // namespace xtape::kernels
