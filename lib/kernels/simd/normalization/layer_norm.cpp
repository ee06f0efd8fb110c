#include "kernels/simd/normalization/normalization.hpp"
#include "kernels/simd/reduction/rows.hpp"

namespace xtape::kernels::XTAPE_ISA {

template <class T>
void layer_norm(const LayerNorm<T>& norm) {
  using V = Vector<T>;
  const LayerNorm<T> n = norm;  // a copy, which stores leave alone
  const int64_t columns = n.columns;
  for (int64_t row = 0; row < n.rows; ++row) {
    const T* const x = n.x + row * columns;
    T* const y = n.y + row * columns;
    // Far from zero little of what rounding takes from sums is left in the deviations from an element.
    const T first = x[0];
    const double rest = fold_row<Sum, T>(columns, [&](int64_t at, auto part) { return load(x + at, part) - first; });
    const T center = first + static_cast<T>(rest / static_cast<double>(columns));
    // With deviations as multiples of 1 / unit, which in_units makes of them.
    const auto scale_by = [&](double unit, const auto& in_units) {
      const double squares = fold_row<Sum, T>(columns, [&](int64_t at, auto part) {
        const V deviation = in_units(load(x + at, part) - center);
        return deviation * deviation;
      });
      return static_cast<T>(unit / std::sqrt(squares / columns + n.epsilon * unit * unit));
    };
    T scale = scale_by(1, [](V deviation) { return deviation; });
    // Squares overflowed, or some are below the normal numbers.
    constexpr double unit = sizeof(T) == sizeof(float) ? 0x1p-100 : 0x1p-800;
    constexpr double of_tiny = sizeof(T) == sizeof(float) ? 0x1p51 : 0x1p484;
    if (scale == 0) [[unlikely]] {
      scale = scale_by(unit, [](V deviation) { return deviation * unit; });
    } else if (scale > of_tiny) [[unlikely]] {
      scale = scale_by(1 / unit, [](V deviation) { return deviation * (1 / unit); });
    }
    n.mean[row] = center;
    n.rstd[row] = scale;
    for_row<T>(columns, [&](int64_t at, auto part) {
      V normal = (load(x + at, part) - center) * scale;
      if (n.gamma) normal = normal * load(n.gamma + at, part);
      if (n.beta) normal = normal + load(n.beta + at, part);
      store(y + at, normal, part);
    });
  }
}

template <class T>
void layer_norm_vjp(const LayerNormVjp<T>& norm) {
  using V = Vector<T>;
  const LayerNormVjp<T> n = norm;  // a copy, which stores leave alone
  const int64_t columns = n.columns;
  std::memset(n.dgamma, 0, static_cast<size_t>(columns) * sizeof(T));
  std::memset(n.dbeta, 0, static_cast<size_t>(columns) * sizeof(T));
  for (int64_t row = 0; row < n.rows; ++row) {
    const T *const g = n.g + row * columns, *const x = n.x + row * columns;
    T* const dx = n.dx + row * columns;
    const T center = n.mean[row], scale = n.rstd[row];
    V sum = 0, dot = 0;  // of g * gamma, and of that with the normalized x
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V gradient = load(g + at, part), normal = (load(x + at, part) - center) * scale;
      const V scaled = n.gamma ? gradient * load(n.gamma + at, part) : gradient;  // 0 in the lanes that are not there
      sum += scaled;
      dot += only<Sum>(scaled * normal, part);  // of the mean, which they hold, NaN may have been made
      store(n.dgamma + at, load(n.dgamma + at, part) + gradient * normal, part);
      store(n.dbeta + at, load(n.dbeta + at, part) + gradient, part);
    });
    const T mean_sum = fold<Sum>(sum) / static_cast<T>(columns), mean_dot = fold<Sum>(dot) / static_cast<T>(columns);
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V gradient = load(g + at, part), normal = (load(x + at, part) - center) * scale;
      const V scaled = n.gamma ? gradient * load(n.gamma + at, part) : gradient;
      store(dx + at, (scaled - mean_sum - normal * mean_dot) * scale, part);
    });
  }
}

template <class T>
void layer_norm_jvp(const LayerNormJvp<T>& norm) {
  using V = Vector<T>;
  const LayerNormJvp<T> n = norm;  // a copy, which stores leave alone
  const int64_t columns = n.columns;
  for (int64_t row = 0; row < n.rows; ++row) {
    const T *const dx = n.dx + row * columns, *const x = n.x + row * columns;
    T* const dy = n.dy + row * columns;
    const T center = n.mean[row], scale = n.rstd[row];
    V sum = 0, dot = 0;  // of dx, scaled before a sum of it might overflow, and of that with the normalized x
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V tangent = only<Sum>(load(dx + at, part) * scale, part);
      sum += tangent;
      dot += only<Sum>(tangent * ((load(x + at, part) - center) * scale), part);
    });
    const T mean_sum = fold<Sum>(sum) / static_cast<T>(columns), mean_dot = fold<Sum>(dot) / static_cast<T>(columns);
    for_row<T>(columns, [&](int64_t at, auto part) {
      const V normal = (load(x + at, part) - center) * scale;
      V tangent = load(dx + at, part) * scale - mean_sum - normal * mean_dot;
      if (n.gamma) tangent = tangent * load(n.gamma + at, part);
      if (n.dgamma) tangent = tangent + normal * load(n.dgamma + at, part);
      if (n.dbeta) tangent = tangent + load(n.dbeta + at, part);
      store(dy + at, tangent, part);
    });
  }
}

#define XTAPE_INSTANTIATE(T)                            \
  template void layer_norm(const LayerNorm<T>&);        \
  template void layer_norm_vjp(const LayerNormVjp<T>&); \
  template void layer_norm_jvp(const LayerNormJvp<T>&);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
#undef XTAPE_INSTANTIATE

}  // namespace xtape::kernels::XTAPE_ISA
