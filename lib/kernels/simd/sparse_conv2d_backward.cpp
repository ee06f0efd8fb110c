#include "kernels/simd/sparse_conv2d_backward.hpp"

#include <cstdint>

#include "kernels/simd/vector.hpp"

namespace xtape::kernels::XTAPE_ISA {
namespace {

// The part of a window that is kept in registers: `rows` times `vectors` vectors.
constexpr int64_t most_rows = 3;
#if defined(__AVX512F__)
constexpr int64_t most_vectors = 6;
#else
constexpr int64_t most_vectors = 4;
#endif

template <int64_t rows, int64_t vectors, class T>
struct Block {
  static constexpr int64_t lanes = Vector<T>::lanes;

  Vector<T> at[rows][vectors];

  Block(const T* from, int64_t step) {
    for_each([&](int64_t row, int64_t i) { at[row][i] = load(from + row * step + i * lanes); });
  }

  void store_to(T* to, int64_t step) const {
    for_each([&](int64_t row, int64_t i) { store(to + row * step + i * lanes, at[row][i]); });
  }

  template <class Body>
  static void for_each(const Body& body) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t i = 0; i < vectors; ++i) body(row, i);
  }
};

// Calls body(value, window) for the gradients of channel o.
template <class T, class Body>
inline void for_channel(const SparseGradient<T>& gradient, int64_t o, const Body& body) {
  const T* const values = gradient.values + o * gradient.room;
  const int32_t* const windows = gradient.windows + o * gradient.room;
  const int64_t count = gradient.counts[o];
  for (int64_t n = 0; n < count; ++n) body(values[n], windows[n]);
}

struct Weights {
  // The block's kernel gradient, for each channel the sum over its windows.
  template <int64_t rows, int64_t vectors, class T>
  static void add(const SparseGradient<T>& gradient, const WindowSpans& window, const T* image, T* sum) {
    using Part = Block<rows, vectors, T>;
    const int64_t step = window.step;
    for (int64_t o = 0; o < gradient.channels; ++o, sum += window.rows * window.span) {
      Part sums(sum, window.span);
      for_channel(gradient, o, [&](T value, int64_t at) {
        Part::for_each([&](int64_t row, int64_t i) {
          const auto cells = load(image + at + row * step + i * Part::lanes);
          sums.at[row][i] = fma(Vector<T>(value), cells, sums.at[row][i]);
        });
      });
      sums.store_to(sum, window.span);
    }
  }
};

struct Data {
  // The block's part of the windows of each channel.
  template <int64_t rows, int64_t vectors, class T>
  static void add(const SparseGradient<T>& gradient, const WindowSpans& window, const T* kernel, T* sum) {
    using Part = Block<rows, vectors, T>;
    const int64_t step = window.step;
    for (int64_t o = 0; o < gradient.channels; ++o, kernel += window.rows * window.span) {
      const Part weights(kernel, window.span);
      for_channel(gradient, o, [&](T value, int64_t at) {
        Part::for_each([&](int64_t row, int64_t i) {
          T* const cells = sum + at + row * step + i * Part::lanes;
          store(cells, fma(Vector<T>(value), weights.at[row][i], load(cells)));
        });
      });
    }
  }
};

// Calls body.operator()<rows, vectors>(row, element) for blocks that cover a window between them.
template <class T, class Body>
void for_blocks(const WindowSpans& window, const Body& body) {
  constexpr int64_t lanes = Vector<T>::lanes;
  const auto span_of_rows = [&]<int64_t rows>(int64_t row) {
    int64_t at = 0;
    for (; at + most_vectors * lanes <= window.span; at += most_vectors * lanes)
      body.template operator()<rows, most_vectors>(row, at);
    for (; at + most_vectors / 2 * lanes <= window.span; at += most_vectors / 2 * lanes)
      body.template operator()<rows, most_vectors / 2>(row, at);
    for (; at < window.span; at += lanes) body.template operator()<rows, 1>(row, at);
  };
  int64_t row = 0;
  for (; row + most_rows <= window.rows; row += most_rows) span_of_rows.template operator()<most_rows>(row);
  for (; row < window.rows; ++row) span_of_rows.template operator()<1>(row);
}

}  // namespace

template <class T>
void sparse_conv2d_backward_weights(const SparseGradient<T>& gradient, const WindowSpans& window, const T* image,
                                    T* sum) {
  for_blocks<T>(window, [&]<int64_t rows, int64_t vectors>(int64_t row, int64_t at) {
    Weights::add<rows, vectors>(gradient, window, image + row * window.step + at, sum + row * window.span + at);
  });
}

template <class T>
void sparse_conv2d_backward_data(const SparseGradient<T>& gradient, const WindowSpans& window, const T* kernel,
                                 T* sum) {
  for_blocks<T>(window, [&]<int64_t rows, int64_t vectors>(int64_t row, int64_t at) {
    Data::add<rows, vectors>(gradient, window, kernel + row * window.span + at, sum + row * window.step + at);
  });
}

#define XTAPE_INSTANTIATE(T)                                                                                \
  template void sparse_conv2d_backward_weights(const SparseGradient<T>&, const WindowSpans&, const T*, T*); \
  template void sparse_conv2d_backward_data(const SparseGradient<T>&, const WindowSpans&, const T*, T*);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
