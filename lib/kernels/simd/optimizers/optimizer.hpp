#pragma once

#include <cstdint>

#include "kernels/isa.hpp"

namespace xtape::kernels {

// The constants of one step, in the variables' own type; `keep` is what decoupled decay leaves of a weight.
template <class T>
struct SgdFactors {
  T rate, keep, momentum;
  bool nesterov;
};
template <class T>
struct AdamFactors {
  T rate, keep, fraction_1, fraction_2, epsilon;  // the fractions are 1 - beta
};
template <class T>
struct RmspropFactors {
  T rate, keep, rho, momentum, epsilon;
};
template <class T>
struct NadamFactors {
  T rate, keep, fraction_1, fraction_2, epsilon, momentum_factor, gradient_factor, velocity_factor;
};
template <class T>
struct AdamaxFactors {
  T rate, keep, fraction_1, beta_2, epsilon;
};
template <class T>
struct AdagradFactors {
  T rate, keep, epsilon;
};
template <class T>
struct AdadeltaFactors {
  T rate, keep, rho, epsilon;
};
template <class T>
struct LionFactors {
  T rate, keep, beta_1, beta_2;
};
template <class T>
struct FtrlFactors {
  T inverse_rate, keep, power, l1, twice_l2, twice_shrinkage;  // power is that of the accumulator
};
template <class T>
struct LambFactors {
  T rate, keep, fraction_1, fraction_2, epsilon, momentum_factor, velocity_factor;
};
template <class T>
struct AdafactorFactors {
  T rate, keep, beta_2, epsilon_1, epsilon_2, clip_threshold;
};

// The arrays of one variable, each of `size` elements. The slots are, in this order:
// SGD      the velocity, or null without momentum;
// Adam     m, v and the largest v so far, or null without AMSGrad;
// RMSprop  v, the momentum or null, the average gradient or null where not centered;
// Nadam, Lamb  m and v;
// Adamax   m and the running maximum;
// Adagrad  the sum of squares;
// Adadelta the running means of squares of gradients and of changes;
// Lion     m;
// Ftrl     the sum of squares and the linear part;
// Adafactor the running means of squares over columns, of which there is one a row, and over rows, then v, which alone
//          is used of variables without rows.
template <class T>
struct OptimizerVariable {
  int64_t size;
  T* value;
  const T* gradient;
  T* slots[3];
  // The last two lengths, or 0 with fewer axes than two; Adafactor's.
  int64_t rows = 0, columns = 0;
  // If given, the gradient is an outer product: this row, of so many columns, times `gradient`, which is a column.
  const T* row = nullptr;
};

// What the elements of whole rows are divided by: a row's part of v, r / mean(r), and a column's, c, with the inverses of
// their roots. Without rows `columns` is 0.
template <class T>
struct AdafactorRows {
  const T *row, *row_root, *column, *column_root;
  int64_t columns;
};

// Sums of squares.
struct SquareSums {
  double of_values, of_changes;
};

// One pass over a variable, or over a part of one; none of its arrays overlap.
XTAPE_DECLARE_KERNEL(template <class T> void sgd_update(const SgdFactors<T>& f, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T> void adam_update(const AdamFactors<T>& f, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T> void rmsprop_update(const RmspropFactors<T>& f, const OptimizerVariable<T>& x))

// Elements [begin, begin + count) of an outer product, as GEMM makes them: sums that start at 0.
XTAPE_DECLARE_KERNEL(template <class T> void outer_product(const T* column, const T* row, int64_t columns,
                                                           int64_t begin, int64_t count, T* to))

// The same of what has no variants: Nadam, Adamax, Adagrad, Adadelta, Lion and Ftrl.
XTAPE_DECLARE_KERNEL(template <class Factors, class T>
                     void elementwise_update(const Factors& f, const OptimizerVariable<T>& x))

// Lamb: updates m and v, and sums the squares of weights, decayed, and of m * momentum_factor / (sqrt(v *
// velocity_factor) + epsilon); then w = keep * w - rate times the latter.
XTAPE_DECLARE_KERNEL(template <class T> SquareSums lamb_moments(const LambFactors<T>& f, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T>
                     void lamb_update(const LambFactors<T>& f, T rate, const OptimizerVariable<T>& x))

// Adafactor: the sum of squares of each of the rows of gradients, and adds them to the columns'.
XTAPE_DECLARE_KERNEL(template <class T> void adafactor_squares(const T* gradient, int64_t rows, int64_t columns, T* row_sums, T* column_sums))
// v = row * column, or, without them, v = beta_2 * v + (1 - beta_2) * (g^2 + epsilon_1); sums the squares of weights,
// decayed, and of g / sqrt(v); then w = keep * w - rate times the latter.
XTAPE_DECLARE_KERNEL(template <class T> SquareSums adafactor_velocities(const AdafactorFactors<T>& f, const AdafactorRows<T>& rows, const OptimizerVariable<T>& x))
XTAPE_DECLARE_KERNEL(template <class T> void adafactor_update(const AdafactorFactors<T>& f, T rate, const AdafactorRows<T>& rows, const OptimizerVariable<T>& x))

}  // namespace xtape::kernels
