#include <type_traits>

#include "formulas/gradients.hpp"
#include "kernels/elementwise/elementwise.hpp"
#include "kernels/simd/elementwise/elementwise.hpp"
#include "kernels/support/broadcast.hpp"

namespace xtape::kernels {
namespace {

// The type that a formula of integers is worked out in. Sums and products wrap around, as those of unsigned integers
// do; other formulas look at the sign. true + true is true.
template <class Formula, class T>
struct IntegerArithmetic {
  static constexpr bool wraps = std::is_same_v<Formula, formulas::Add> || std::is_same_v<Formula, formulas::Sub> ||
                                std::is_same_v<Formula, formulas::Mul>;
  using Number =
      typename std::conditional_t<std::is_same_v<T, bool>, std::type_identity<int>,
                                  std::conditional_t<wraps, std::make_unsigned<T>, std::type_identity<T>>>::type;
};

template <class Formula, class T>
void binary_rows(const StridedRows<T>& a, const StridedRows<T>& b, T* y, int64_t rows, int64_t columns) {
  if constexpr (std::is_floating_point_v<T>) {
    XTAPE_DISPATCH(binary<Formula>(a, b, y, rows, columns));
  } else {
    using Number = typename IntegerArithmetic<Formula, T>::Number;
    const int64_t step_a = a.step, step_b = b.step;                      // copies, which stores of bytes leave alone
    for (int64_t row = 0; row < rows; ++row, y += columns) {
      const T *from_a = a.data + row * a.row, *from_b = b.data + row * b.row;
      for (int64_t i = 0; i < columns; ++i)
        y[i] = static_cast<T>(Formula::template value<Number>(from_a[i * step_a], from_b[i * step_b]));
    }
  }
}

// Too few elements to share, and no plan to make.
constexpr int64_t tiny = 1024;

IterationPlan<2> line(int64_t n, int64_t step_a, int64_t step_b) {
  IterationPlan<2> plan;
  plan.rank = 1;
  plan.sizes[0] = n;
  plan.strides[0][0] = step_a;
  plan.strides[1][0] = step_b;
  return plan;
}

}  // namespace

template <class Formula, class T>
void binary(const IterationPlan<2>& plan, const T* a, const T* b, T* y) {
  broadcast_rows(plan, a, b, y, [](const auto&... arguments) { binary_rows<Formula>(arguments...); });
}

template <class Formula, class T>
void binary(const T* a, int64_t step_a, const T* b, int64_t step_b, T* y, int64_t n) {
  if (n <= tiny) return binary_rows<Formula, T>({a, 0, step_a}, {b, 0, step_b}, y, 1, n);
  binary<Formula>(line(n, step_a, step_b), a, b, y);
}

template <class Formula, class T>
void compare(const IterationPlan<2>& plan, const T* a, const T* b, bool* y) {
  broadcast_rows(plan, a, b, y, [](const auto&... arguments) { XTAPE_DISPATCH(compare<Formula>(arguments...)); });
}

template <class Formula, class T>
void compare(const T* a, int64_t step_a, const T* b, int64_t step_b, bool* y, int64_t n) {
  compare<Formula>(line(n, step_a, step_b), a, b, y);
}

#define XTAPE_INSTANTIATE_FOR(function, Formula, T, Y)                                          \
  template void function<formulas::Formula>(const T*, int64_t, const T*, int64_t, Y*, int64_t); \
  template void function<formulas::Formula>(const IterationPlan<2>&, const T*, const T*, Y*);
#define XTAPE_INSTANTIATE_FLOATING(Formula)            \
  XTAPE_INSTANTIATE_FOR(binary, Formula, float, float) \
  XTAPE_INSTANTIATE_FOR(binary, Formula, double, double)
#define XTAPE_INSTANTIATE_INTEGER(Formula)                 \
  XTAPE_INSTANTIATE_FOR(binary, Formula, int64_t, int64_t) \
  XTAPE_INSTANTIATE_FOR(binary, Formula, int32_t, int32_t) \
  XTAPE_INSTANTIATE_FOR(binary, Formula, uint8_t, uint8_t) \
  XTAPE_INSTANTIATE_FOR(binary, Formula, bool, bool)
#define XTAPE_INSTANTIATE_COMPARE(Formula)               \
  XTAPE_INSTANTIATE_FOR(compare, Formula, float, bool)   \
  XTAPE_INSTANTIATE_FOR(compare, Formula, double, bool)  \
  XTAPE_INSTANTIATE_FOR(compare, Formula, int64_t, bool) \
  XTAPE_INSTANTIATE_FOR(compare, Formula, int32_t, bool) \
  XTAPE_INSTANTIATE_FOR(compare, Formula, uint8_t, bool) \
  XTAPE_INSTANTIATE_FOR(compare, Formula, bool, bool)
XTAPE_BINARY_FORMULAS(XTAPE_INSTANTIATE_FLOATING)
XTAPE_GRADIENT_FORMULAS(XTAPE_INSTANTIATE_FLOATING)
XTAPE_INTEGER_BINARY_FORMULAS(XTAPE_INSTANTIATE_INTEGER)
XTAPE_COMPARISONS(XTAPE_INSTANTIATE_COMPARE)

}  // namespace xtape::kernels
