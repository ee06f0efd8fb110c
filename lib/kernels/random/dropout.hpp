#pragma once

#include <cstdint>
#include <xtape/random.hpp>

// Dropout for float and double, with the mask kept as bits: 1/32 of the memory of a float32 tensor.
//
// On entry: 0 <= rate < 1, which ops/random/dropout.cpp has checked; x and y are contiguous, of n elements, and the
// mask of dropout_mask_size(n) words. y may be x, as every element is read before it is written in its place; nothing
// else overlaps. Bit i of word g belongs to element 64 * g + i; bits beyond n say nothing. Threads take ranges of words
// with their elements, so that no word has two writers. What is drawn depends on the state and the element alone, not
// on the thread count or the instruction set.
namespace xtape::kernels {

// Words of the mask of n elements.
constexpr int64_t dropout_mask_size(int64_t n) { return (n + 63) / 64; }

// y = x / (1 - rate) with probability 1 - rate, else 0; the mask receives what was kept. Takes random_blocks(n) blocks
// of the stream (kernels/random/random.hpp), which the caller has reserved.
template <class T>
void dropout(const RandomState& state, double rate, int64_t n, const T* x, T* y, uint64_t* mask);

// The same with a mask drawn before, of the same rate: the derivative of dropout, and its own derivative.
template <class T>
void apply_dropout_mask(double rate, int64_t n, const uint64_t* mask, const T* x, T* y);

}  // namespace xtape::kernels
