#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>
#include <xtape/tensor.hpp>

#include "core/tensor_impl.hpp"
#include "kernels/linalg/matrix.hpp"
#include "ops/recurrent/recurrent.hpp"

namespace xtape::ops {

// Where the rows of each step lie.
//
// Without a mask sequences are [batch, time, width], and a step is a matrix whose rows are far apart. With one, what a
// step that does not count leaves is what was there before: a recurrence is one over the steps that count. They are
// packed, as in PyTorch's PackedSequence: sequences are sorted by the number of steps, longest first, and step t of
// those that have one are neighbouring rows, which follow those of step t - 1. So nothing is computed for other steps,
// and the rows of a step continue the first ones of the step before.
class StepLayout {
 public:
  // `mask` [batch, time], bool, or undefined.
  StepLayout(const RecurrentSizes& sizes, const Tensor& mask);

  const RecurrentSizes& sizes() const { return sizes_; }
  // Steps that a sequence at least has.
  int64_t steps() const { return steps_; }
  // Rows of a step, and of all of them.
  int64_t rows(int64_t t) const { return packed_ ? begin_[t + 1] - begin_[t] : sizes_.batch; }
  int64_t row_count() const { return packed_ ? begin_[steps_] : sizes_.batch * sizes_.time; }

  // Step t of contiguous x, [batch, time, width] or packed.
  template <class T>
  kernels::Matrix<T> step(const Tensor& x, int64_t t) const {
    if (!x.defined()) return {};
    const int64_t width = x.shape().back();
    if (packed_) return block<T>(x, t);
    return {core::elements<T>(x) + t * width, sizes_.batch, width, sizes_.time * width};
  }
  // Step t of contiguous x, in which steps follow one another with and without a mask.
  template <class T>
  kernels::Matrix<T> block(const Tensor& x, int64_t t) const {
    const int64_t width = x.shape().back(), begin = packed_ ? begin_[t] : t * sizes_.batch;
    return {core::elements<T>(x) + begin * width, rows(t), width, width};
  }
  // The rows of a contiguous state [batch, units] that step t has; null if it is undefined.
  template <class T>
  kernels::Matrix<T> state(const Tensor& x, int64_t t) const {
    if (!x.defined()) return {};
    const int64_t width = x.shape().back();
    return {core::elements<T>(x), rows(t), width, width};
  }
  // What step t continues: the same rows of step t - 1 of `hidden`, or of `initial`.
  template <class T>
  kernels::Matrix<const T> before(int64_t t, const Tensor& hidden, const Tensor& initial) const {
    if (t == 0) return state<const T>(initial, t);
    const kernels::Matrix<const T> earlier = step<const T>(hidden, t - 1);
    return earlier.block(0, 0, rows(t), earlier.columns);
  }

  // x [batch, time, width] as rows [row_count, width], in the order of step(); undefined where x is.
  Tensor rows_of(const char* operation, const Tensor& x) const;
  // The gradients of outputs as those of rows, of which some are several outputs; undefined where x is.
  Tensor rows_of_gradient(const char* operation, const Tensor& x, bool zero_output_for_mask) const;
  // A new matrix of rows for hidden states: `outputs` itself, where each row is one of them.
  Tensor hidden_rows(const char* operation, const Tensor& outputs) const;
  // The first rows of contiguous x, of batch times time ones, as many as there are; and zeros in the others.
  Tensor place_for_rows(const Tensor& x) const;
  void clear_rest(const Tensor& x) const;
  // Hidden states put into the outputs [batch, time, units]: a step that does not count has zeros, or what the step
  // before has.
  void put_outputs(const Tensor& hidden, bool zero_output_for_mask, const Tensor& outputs) const;
  // y [batch, time, width] = rows b in steps that count, 0 in others.
  void put_product(const Tensor& rows, const Tensor& b, const Tensor& y) const;

  // A state [batch, units] in the order of the rows, contiguous, and back. The former is undefined where x is.
  Tensor sorted(const char* operation, const Tensor& x) const;
  void put_sorted(const Tensor& x, const Tensor& y) const;
  // The sorted gradient of a last state, new; zeros where it is undefined.
  Tensor gradient_of_last(const char* operation, const Tensor& x, DType dtype) const;
  // What the last step of each sequence has, in rows as step() sees them, or as block() does; what `initial`, sorted,
  // has for a sequence without one.
  void put_last(const Tensor& rows, const Tensor& initial, const Tensor& y) const;
  void put_last_of_blocks(const Tensor& rows, const Tensor& initial, const Tensor& y) const;

  // The hidden state before each step, as rows [row_count, units], times the factor for each state, if there is one.
  Tensor previous(const char* operation, const Tensor& hidden, const Tensor& initial, const Tensor& factor) const;

 private:
  void put_last_rows(const Tensor& rows, const Tensor& initial, const Tensor& y) const;

  RecurrentSizes sizes_;
  bool packed_;
  int64_t steps_;
  std::vector<int64_t> begin_;     // by step: its first row; and the number of rows
  std::vector<int64_t> order_;     // by row of a state: its sequence
  std::vector<int64_t> inverse_;   // by sequence: its row of a state
  std::vector<int64_t> last_;      // by sequence: the row of its last step, or -1
  std::vector<int64_t> position_;  // by row: where it lies in [batch time]
  std::vector<int64_t> slot_;      // by place in [batch time]: its row, or -1
};

// A contiguous matrix as kernels take it.
template <class T>
kernels::Matrix<T> matrix_of(const Tensor& x) {
  return {core::elements<T>(x), x.shape()[0], x.shape()[1], x.shape()[1]};
}

// y = the sum of those products of two matrices that are both defined, and the bias, if that is; y is new and
// contiguous.
void put_products(std::initializer_list<std::pair<Tensor, Tensor>> products, const Tensor& bias, const Tensor& y);

// `previous`, or, where hidden states are multiplied by a factor where they meet the recurrent kernel, the product in
// `scratch`; both are sorted, [batch, units], the former may be undefined.
template <class T>
kernels::Matrix<const T> dropped(const kernels::Matrix<const T>& previous, const Tensor& factor, const Tensor& scratch);

}  // namespace xtape::ops
