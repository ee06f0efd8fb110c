#pragma once

#include <cstdint>

// Scaled dot-product attention (Vaswani et al., 2017) for float and double. The scores exist for a few queries at a
// time, in the cache; the gradient computes them again.
namespace xtape::kernels {

// Equally many matrices in memory: element (i, j) of matrix m is data[offsets[m] + i * row + j].
template <class T>
struct Matrices {
  T* data;
  const int64_t* offsets;
  int64_t row;
};

// Which keys a query sees: data[offsets[m] + query * row + key * column]; all where data is null.
struct AttentionMask {
  const bool* data = nullptr;
  const int64_t* offsets = nullptr;
  int64_t row = 0, column = 0;
};

// The score of a key that is not seen: vanishes in the softmax, and is still finite where everything is masked.
constexpr double masked_score = -1e30;

struct AttentionSizes {
  int64_t matrices, queries, keys, dim, value_dim;
};

// out = softmax(scale * query key^T) value, where query is [queries, dim], key [keys, dim], value [keys, value_dim] and
// out [queries, value_dim].
template <class T>
void attention(const AttentionSizes& sizes, const Matrices<const T>& query, const Matrices<const T>& key,
               const Matrices<const T>& value, const AttentionMask& mask, T scale, const Matrices<T>& out);

// The gradients of query, key and value, given that of out; where data is null, none is computed.
template <class T>
void attention_vjp(const AttentionSizes& sizes, const Matrices<const T>& g, const Matrices<const T>& query,
                   const Matrices<const T>& key, const Matrices<const T>& value, const AttentionMask& mask, T scale,
                   const Matrices<T>& query_gradient, const Matrices<T>& key_gradient,
                   const Matrices<T>& value_gradient);

}  // namespace xtape::kernels
