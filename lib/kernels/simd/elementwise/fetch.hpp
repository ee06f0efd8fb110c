#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels::XTAPE_ISA {

// Whether so many elements are worth fetching ahead: more than the L1 cache holds.
template <class T>
inline bool worth_fetching(int64_t n) {
  return n * static_cast<int64_t>(sizeof(T)) > 1 << 15;
}

// Asks for what comes 2 KB later. Where a function takes about as long as the memory, the processor sees too few loads
// ahead to have both at work.
template <class T>
inline void fetch_ahead(const T* from) {
  __builtin_prefetch(reinterpret_cast<const char*>(from) + 2048);
}

}  // namespace xtape::kernels::XTAPE_ISA
