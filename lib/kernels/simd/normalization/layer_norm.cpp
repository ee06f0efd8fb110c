#include "kernels/simd/normalization/normalization.hpp"
#include "kernels/simd/reduction/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void layer_norm(const T* x, const T* gamma, const T* beta, T epsilon, T* y, T* mean, T* rstd, int64_t rows,
                int64_t columns) {
  using V = Vector<T>;
  for (int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const T center =
        static_cast<T>(fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(x + at, part); }) / columns);
    const double squares = fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
      const V deviation = load(x + at, part) - center;
      return deviation * deviation;
    });
    const T scale = static_cast<T>(1 / std::sqrt(squares / columns + epsilon));
    mean[row] = center;
    rstd[row] = scale;
    for_row<T>(columns, [&](int64_t at, auto part) {
      V normal = (load(x + at, part) - center) * scale;
      if (gamma) normal = normal * load(gamma + at, part);
      if (beta) normal = normal + load(beta + at, part);
      store(y + at, normal, part);
    });
  }
}

template <class T>
void layer_norm_vjp(const T* g, const T* x, const T* mean, const T* rstd, const T* gamma, T* dx, T* dgamma, T* dbeta,
                    int64_t rows, int64_t columns) {
  using V = Vector<T>;
  std::memset(dgamma, 0, static_cast<size_t>(columns) * sizeof(T));
  std::memset(dbeta, 0, static_cast<size_t>(columns) * sizeof(T));
  for (int64_t row = 0; row < rows; ++row, g += columns, x += columns, dx += columns) {
    const T center = mean[row], scale = rstd[row];
    V sum = 0, dot = 0;  // of g * gamma, and of that with the normalized x
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V gradient = load(g + at, part), normal = (load(x + at, part) - center) * scale;
      const V scaled = gamma ? gradient * load(gamma + at, part) : gradient;  // 0 in the lanes that are not there
      sum += scaled;
      dot += scaled * normal;
      store(dgamma + at, load(dgamma + at, part) + gradient * normal, part);
      store(dbeta + at, load(dbeta + at, part) + gradient, part);
    });
    const T mean_sum = fold<Sum>(sum) / static_cast<T>(columns), mean_dot = fold<Sum>(dot) / static_cast<T>(columns);
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V gradient = load(g + at, part), normal = (load(x + at, part) - center) * scale;
      const V scaled = gamma ? gradient * load(gamma + at, part) : gradient;
      store(dx + at, (scaled - mean_sum - normal * mean_dot) * scale, part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                                                               \
  template void layer_norm(const T*, const T*, const T*, T, T*, T*, T*, int64_t, int64_t); \
  template void layer_norm_vjp(const T*, const T*, const T*, const T*, const T*, T*, T*, T*, int64_t, int64_t);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)

}  // namespace xtape::kernels::XTAPE_ISA
