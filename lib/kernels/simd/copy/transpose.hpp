#pragma once

// Transposition in registers. For the files in kernels/simd only.

#include <cstddef>
#include <cstdint>
#include <xsimd/xsimd.hpp>

namespace xtape::kernels::XTAPE_ISA {

template <size_t... I>
struct Indices {};
template <size_t Count, size_t... I>
struct IndicesBelow : IndicesBelow<Count - 1, Count - 1, I...> {};
template <size_t... I>
struct IndicesBelow<0, I...> : Indices<I...> {};

// a0 b0 a1 b1 ..., from the first or the second halves of a and b.
template <size_t Half, class Batch, size_t... I>
inline Batch interleave(Batch a, Batch b, Indices<I...>) {
  constexpr size_t size = Batch::size;
  using Register = typename Batch::register_type;
  return Batch(__builtin_shufflevector(static_cast<Register>(a), static_cast<Register>(b),
                                       (I / 2 + Half * size / 2 + (I % 2) * size)...));
}

// Transposes the square of Batch::size vectors: log2(size) rounds of the perfect shuffle.
template <class Batch>
inline void transpose_square(Batch* rows) {
  constexpr size_t size = Batch::size;
  for (size_t round = 1; round < size; round *= 2) {
    Batch shuffled[size];
    for (size_t i = 0; i < size / 2; ++i) {
      shuffled[2 * i] = interleave<0>(rows[i], rows[i + size / 2], IndicesBelow<size>());
      shuffled[2 * i + 1] = interleave<1>(rows[i], rows[i + size / 2], IndicesBelow<size>());
    }
    for (size_t i = 0; i < size; ++i) rows[i] = shuffled[i];
  }
}

}  // namespace xtape::kernels::XTAPE_ISA
