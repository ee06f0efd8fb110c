#pragma once

#include <cstdint>
#include <xtape/random.hpp>

// Dropout for float and double, with the mask kept as bits: 1/32 of the memory of a float32 tensor.
namespace xtape::kernels {

// Words of the mask of n elements.
constexpr int64_t dropout_mask_size(int64_t n) { return (n + 63) / 64; }

// y = x / (1 - rate) with probability 1 - rate, else 0; mask [dropout_mask_size(n)] receives what was kept.
// 0 <= rate < 1. Takes random_blocks(n) blocks of the stream (kernels/random/random.hpp). y may be x.
template <class T>
void dropout(const RandomState& state, double rate, int64_t n, const T* x, T* y, uint64_t* mask);

// The same with a mask drawn before: the derivative of dropout, and its own derivative. y may be x.
template <class T>
void apply_dropout_mask(double rate, int64_t n, const uint64_t* mask, const T* x, T* y);

}  // namespace xtape::kernels
