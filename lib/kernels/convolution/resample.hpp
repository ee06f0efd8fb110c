#pragma once

#include <cstdint>

// Weighted sums of neighbouring slices along one axis, as interpolation and averages over bins are.
namespace xtape::kernels {

// Of x [outer, from, inner]: slice i of y [outer, to, inner] is the sum of weights[begin[i] + t] * slice first[i] + t
// of x, for the t below begin[i + 1] - begin[i]. All of these slices exist.
template <class T>
struct Resampling {
  int64_t outer, from, to, inner;
  const int64_t* first;  // [to]
  const int64_t* begin;  // [to + 1]
  const T* weights;      // [begin[to]]
};

template <class T>
void resample(const Resampling<T>& resampling, const T* x, T* y);

}  // namespace xtape::kernels
