#include "kernels/simd/convolution/sparse_conv2d_backward.hpp"

#include <cstdint>

#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// The part of a window that is kept in registers: `rows` times `vectors` vectors.
constexpr int64_t most_rows = 3;
constexpr int64_t most_vectors = registers == 32 ? 6 : 4;

// Calls body(row, vector, element, Whole or Part) for the vectors of such a block; `extent` is that of the last one.
template <class T, int64_t rows, int64_t vectors, class Extent, class Body>
inline void for_block(int64_t step, Extent extent, const Body& body) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i + 1 < vectors; ++i) body(row, i, row * step + i * Vector<T>::lanes, Whole());
    body(row, vectors - 1, row * step + (vectors - 1) * Vector<T>::lanes, extent);
  }
}

// Calls body(value, window) for the gradients of channel o.
template <class T, class Body>
inline void for_channel(const SparseGradient<T>& gradient, int64_t o, const Body& body) {
  const T* const values = gradient.values + o * gradient.room;
  const int32_t* const windows = gradient.windows + o * gradient.room;
  const int64_t count = gradient.counts[o];
  for (int64_t n = 0; n < count; ++n) body(Vector<T>(values[n]), windows[n]);
}

// The block's part of the kernel's gradient: for each channel the sum over its windows.
template <class T>
struct AddWeights {
  template <int64_t rows, int64_t vectors, class Extent>
  static void block(const SparseGradient<T>& gradient, const WindowSpans& window, const T* image, T* sum, Extent last) {
    const int64_t step = window.step, span = window.span;
    for (int64_t o = 0; o < gradient.channels; ++o, sum += window.rows * span) {
      Vector<T> sums[rows][vectors];
      for_block<T, rows, vectors>(
          span, last, [&](int64_t row, int64_t i, int64_t at, auto extent) { sums[row][i] = load(sum + at, extent); });
      for_channel(gradient, o, [&](Vector<T> value, int64_t start) {
        for_block<T, rows, vectors>(step, last, [&](int64_t row, int64_t i, int64_t at, auto extent) {
          sums[row][i] = fma(value, load(image + start + at, extent), sums[row][i]);
        });
      });
      for_block<T, rows, vectors>(
          span, last, [&](int64_t row, int64_t i, int64_t at, auto extent) { store(sum + at, sums[row][i], extent); });
    }
  }
};

// The block's part of the windows of each channel.
template <class T>
struct AddData {
  template <int64_t rows, int64_t vectors, class Extent>
  static void block(const SparseGradient<T>& gradient, const WindowSpans& window, const T* kernel, T* sum,
                    Extent last) {
    const int64_t step = window.step, span = window.span;
    for (int64_t o = 0; o < gradient.channels; ++o, kernel += window.rows * span) {
      Vector<T> weights[rows][vectors];
      for_block<T, rows, vectors>(span, last, [&](int64_t row, int64_t i, int64_t at, auto extent) {
        weights[row][i] = load(kernel + at, extent);
      });
      for_channel(gradient, o, [&](Vector<T> value, int64_t start) {
        for_block<T, rows, vectors>(step, last, [&](int64_t row, int64_t i, int64_t at, auto extent) {
          T* const cells = sum + start + at;
          store(cells, fma(value, weights[row][i], load(cells, extent)), extent);
        });
      });
    }
  }
};

// Runs Add::block on blocks that cover a window between them. `from_step` and `to_step` are the distances between the
// rows of a window in `from` and `to`.
template <class Add, class T>
void for_blocks(const SparseGradient<T>& gradient, const WindowSpans& window, const T* from, int64_t from_step, T* to,
                int64_t to_step) {
  constexpr int64_t lanes = Vector<T>::lanes, most = most_vectors, half = most_vectors / 2;
  const auto span_of_rows = [&]<int64_t rows>(int64_t row) {
    const T* const from_row = from + row * from_step;
    T* const to_row = to + row * to_step;
    int64_t at = 0;
    for (; at + most * lanes <= window.span; at += most * lanes)
      Add::template block<rows, most>(gradient, window, from_row + at, to_row + at, Whole());
    for (; at + half * lanes <= window.span; at += half * lanes)
      Add::template block<rows, half>(gradient, window, from_row + at, to_row + at, Whole());
    for (; at + lanes <= window.span; at += lanes)
      Add::template block<rows, 1>(gradient, window, from_row + at, to_row + at, Whole());
    if (at < window.span)
      Add::template block<rows, 1>(gradient, window, from_row + at, to_row + at, Part{window.span - at});
  };
  int64_t row = 0;
  for (; row + most_rows <= window.rows; row += most_rows) span_of_rows.template operator()<most_rows>(row);
  for (; row < window.rows; ++row) span_of_rows.template operator()<1>(row);
}

}  // namespace

template <class T>
void sparse_conv2d_backward_weights(const SparseGradient<T>& gradient, const WindowSpans& window, const T* image,
                                    T* sum) {
  for_blocks<AddWeights<T>>(gradient, window, image, window.step, sum, window.span);
}

template <class T>
void sparse_conv2d_backward_data(const SparseGradient<T>& gradient, const WindowSpans& window, const T* kernel,
                                 T* sum) {
  for_blocks<AddData<T>>(gradient, window, kernel, window.span, sum, window.step);
}

#define XTAPE_INSTANTIATE(T)                                                                                \
  template void sparse_conv2d_backward_weights(const SparseGradient<T>&, const WindowSpans&, const T*, T*); \
  template void sparse_conv2d_backward_data(const SparseGradient<T>&, const WindowSpans&, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
