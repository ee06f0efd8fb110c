#include "kernels/recurrent/rows.hpp"

#include <algorithm>

#include "core/parallel.hpp"
#include "kernels/recurrent/recurrent.hpp"

namespace xtape::kernels {

template <class T>
void gather_rows(const T* from, const int64_t* index, int64_t rows, int64_t width, T* to) {
  core::parallel_for(rows, recurrent_grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (index[i] < 0) {
        std::fill_n(to + i * width, width, T(0));
      } else {
        std::copy_n(from + index[i] * width, width, to + i * width);
      }
    }
  });
}

template <class T>
void sum_row_ranges(const T* from, const int64_t* first, const int64_t* count, int64_t rows, int64_t width, T* to) {
  core::parallel_for(rows, recurrent_grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const T* row = from + first[i] * width;
      std::copy_n(row, width, to + i * width);
      for (int64_t j = 1; j < count[i]; ++j) {
        row += width;
        for (int64_t k = 0; k < width; ++k) to[i * width + k] += row[k];
      }
    }
  });
}

template <class T>
void multiply_rows(const Matrix<const T>& a, const T* b, const Matrix<T>& to) {
  core::parallel_for(to.rows, recurrent_grain(to.columns), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t k = 0; k < to.columns; ++k) {
        to.data[i * to.step + k] = a.data[i * a.step + k] * b[i * to.columns + k];
      }
    }
  });
}

template <class T>
void add_product_of_rows(const Matrix<const T>& a, const T* b, const Matrix<T>& to) {
  core::parallel_for(to.rows, recurrent_grain(to.columns), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t k = 0; k < to.columns; ++k) {
        to.data[i * to.step + k] += a.data[i * a.step + k] * b[i * to.columns + k];
      }
    }
  });
}

#define XTAPE_INSTANTIATE(T)                                                                    \
  template void gather_rows(const T*, const int64_t*, int64_t, int64_t, T*);                    \
  template void sum_row_ranges(const T*, const int64_t*, const int64_t*, int64_t, int64_t, T*); \
  template void multiply_rows(const Matrix<const T>&, const T*, const Matrix<T>&);              \
  template void add_product_of_rows(const Matrix<const T>&, const T*, const Matrix<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels
