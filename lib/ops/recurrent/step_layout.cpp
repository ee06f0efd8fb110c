#include "ops/recurrent/step_layout.hpp"

#include <algorithm>
#include <numeric>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "core/dtype_switch.hpp"
#include "kernels/linalg/gemm.hpp"
#include "kernels/recurrent/rows.hpp"
#include "ops/linalg/dense.hpp"
#include "ops/linalg/matmul.hpp"
#include "ops/support/dense.hpp"

namespace xtape::ops {
namespace {

// to[i] = from[index[i]], rows of any width.
void gather(const Tensor& from, const std::vector<int64_t>& index, const Tensor& to) {
  core::switch_floating(to.dtype(), [&]<class T>(T) {
    kernels::gather_rows(core::elements<const T>(from), index.data(), static_cast<int64_t>(index.size()),
                         to.shape().back(), core::elements<T>(to));
  });
}

}  // namespace

StepLayout::StepLayout(const RecurrentSizes& sizes, const Tensor& given_mask)
    : sizes_(sizes), packed_(given_mask.defined()), steps_(sizes.time) {
  if (!packed_) return;
  const auto [batch, time, units] = sizes;
  const Tensor mask = dense("recurrence", given_mask);
  const bool* const counts = core::elements<const bool>(mask);
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < batch; ++i) {
    lengths.push_back(std::count(counts + i * time, counts + (i + 1) * time, true));
  }
  order_.resize(static_cast<std::size_t>(batch));
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
  steps_ = batch == 0 ? 0 : lengths[order_[0]];

  begin_.assign(1, 0);
  int64_t rows = batch;
  for (int64_t t = 0; t < steps_; ++t) {
    while (lengths[order_[rows - 1]] <= t) --rows;
    begin_.push_back(begin_.back() + rows);
  }
  inverse_.resize(order_.size());
  last_.resize(order_.size());
  position_.resize(static_cast<std::size_t>(begin_.back()));
  slot_.assign(static_cast<std::size_t>(batch * time), -1);
  for (int64_t i = 0; i < batch; ++i) {
    const int64_t sequence = order_[i];
    int64_t row = -1, step = 0;
    for (int64_t place = sequence * time; place < (sequence + 1) * time; ++place) {
      if (!counts[place]) continue;
      row = begin_[step++] + i;
      position_[row] = place;
      slot_[place] = row;
    }
    inverse_[sequence] = i;
    last_[sequence] = row;
  }
}

Tensor StepLayout::rows_of(const char* operation, const Tensor& x) const {
  if (!x.defined()) return x;
  const int64_t width = x.shape().back();
  if (!packed_) return dense(operation, x).reshape({row_count(), width});
  const Tensor rows = core::make_tensor({row_count(), width}, x.dtype(), operation);
  gather(dense(operation, x), position_, rows);
  return rows;
}

Tensor StepLayout::rows_of_gradient(const char* operation, const Tensor& x, bool zero_output_for_mask) const {
  if (!packed_ || !x.defined() || zero_output_for_mask) return rows_of(operation, x);
  // The outputs of a row end where the next step counts.
  std::vector<int64_t> count(position_.size());
  int64_t row = -1;
  for (std::size_t place = 0; place < slot_.size(); ++place) {
    if (place % static_cast<std::size_t>(sizes_.time) == 0) row = -1;
    if (slot_[place] >= 0) row = slot_[place];
    if (row >= 0) ++count[row];
  }
  const Tensor given = dense(operation, x);
  const Tensor rows = core::make_tensor({row_count(), x.shape().back()}, x.dtype(), operation);
  core::switch_floating(x.dtype(), [&]<class T>(T) {
    kernels::sum_row_ranges(core::elements<const T>(given), position_.data(), count.data(), row_count(),
                            x.shape().back(), core::elements<T>(rows));
  });
  return rows;
}

Tensor StepLayout::place_for_rows(const Tensor& x) const {
  const Tensor places = x.reshape({sizes_.batch * sizes_.time, x.shape().back()});
  return packed_ ? places.slice(0, {0, row_count()}) : places;
}

void StepLayout::clear_rest(const Tensor& x) const {
  if (!packed_) return;
  x.reshape({sizes_.batch * sizes_.time, x.shape().back()}).slice(0, {row_count(), std::nullopt}).fill(0);
}

Tensor StepLayout::hidden_rows(const char* operation, const Tensor& outputs) const {
  return packed_ ? core::make_tensor({row_count(), sizes_.units}, outputs.dtype(), operation) : outputs;
}

void StepLayout::put_outputs(const Tensor& hidden, bool zero_output_for_mask, const Tensor& outputs) const {
  if (!packed_) return;  // they are there
  std::vector<int64_t> source = slot_;
  for (std::size_t place = 0; place < source.size() && !zero_output_for_mask; ++place) {
    const bool first = place % static_cast<std::size_t>(sizes_.time) == 0;
    if (source[place] < 0 && !first) source[place] = source[place - 1];
  }
  gather(hidden, source, outputs);
}

void StepLayout::put_product(const Tensor& rows, const Tensor& b, const Tensor& y) const {
  const int64_t width = y.shape().back();
  if (!packed_) return matmul_into(rows, b, y.reshape({row_count(), width}));
  const Tensor product = core::make_tensor({row_count(), width}, y.dtype(), "matmul");
  matmul_into(rows, b, product);
  gather(product, slot_, y);
}

Tensor StepLayout::sorted(const char* operation, const Tensor& given) const {
  const Tensor x = dense(operation, given);
  if (!packed_ || !x.defined()) return x;
  const Tensor result = core::make_like(x, operation);
  gather(x, order_, result);
  return result;
}

void StepLayout::put_sorted(const Tensor& x, const Tensor& y) const {
  if (!packed_) {
    y.assign(x);
  } else {
    gather(x, inverse_, y);
  }
}

Tensor StepLayout::gradient_of_last(const char* operation, const Tensor& x, DType dtype) const {
  const Tensor result = core::make_tensor({sizes_.batch, sizes_.units}, dtype, operation);
  if (!x.defined()) {
    result.fill(0);
  } else if (!packed_) {
    result.assign(x);
  } else {
    gather(dense(operation, x), order_, result);
  }
  return result;
}

void StepLayout::put_last(const Tensor& rows, const Tensor& initial, const Tensor& y) const {
  if (packed_) return put_last_rows(rows, initial, y);
  y.assign(rows.select(1, sizes_.time - 1));
}

void StepLayout::put_last_of_blocks(const Tensor& rows, const Tensor& initial, const Tensor& y) const {
  if (packed_) return put_last_rows(rows, initial, y);
  y.assign(rows.select(0, sizes_.time - 1));
}

void StepLayout::put_last_rows(const Tensor& rows, const Tensor& initial, const Tensor& y) const {
  gather(rows, last_, y);
  if (!initial.defined()) return;
  core::switch_floating(y.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < last_.size(); ++i) {
      if (last_[i] >= 0) continue;
      std::copy_n(core::elements<const T>(initial) + inverse_[i] * sizes_.units, sizes_.units,
                  core::elements<T>(y) + static_cast<int64_t>(i) * sizes_.units);
    }
  });
}

Tensor StepLayout::previous(const char* operation, const Tensor& hidden, const Tensor& initial,
                            const Tensor& factor) const {
  const Tensor result = core::make_tensor({row_count(), sizes_.units}, hidden.dtype(), operation);
  if (packed_) {
    std::vector<int64_t> index(position_.size(), -1);
    for (int64_t t = 1; t < steps_; ++t) {
      std::iota(index.begin() + begin_[t], index.begin() + begin_[t + 1], begin_[t - 1]);
    }
    gather(hidden, index, result);
    if (initial.defined() && steps_ > 0) result.slice(0, {0, rows(0)}).assign(initial.slice(0, {0, rows(0)}));
  } else {
    const Tensor steps = result.reshape({sizes_.batch, sizes_.time, sizes_.units});
    const Tensor outputs = hidden.reshape(steps.shape()), first = steps.select(1, 0);
    if (sizes_.time > 1) steps.slice(1, {1, std::nullopt}).assign(outputs.slice(1, {0, -1}));
    initial.defined() ? first.assign(initial) : first.fill(0);
  }
  if (!factor.defined()) return result;
  core::switch_floating(result.dtype(), [&]<class T>(T) {
    for (int64_t t = 0; t < steps_; ++t) {
      const kernels::Matrix<T> step = this->step<T>(result, t);
      kernels::multiply_rows<T>(step, core::elements<const T>(factor), step);
    }
  });
  return result;
}

void put_products(std::initializer_list<std::pair<Tensor, Tensor>> products, const Tensor& bias, const Tensor& y) {
  bool begun = false;
  for (const auto& [left, right] : products) {
    if (!left.defined() || !right.defined()) continue;
    if (!begun) {
      dense_into(left, right, bias, y);
    } else {
      const Tensor a = dense("matmul", left), b = dense("matmul", right);
      core::switch_floating(y.dtype(), [&]<class T>(T) {
        kernels::gemm<T>(T(1), matrix_of<const T>(a), matrix_of<const T>(b), T(1), matrix_of<T>(y));
      });
    }
    begun = true;
  }
  if (begun) return;
  bias.defined() ? y.assign(broadcast_to(bias, y.shape())) : y.fill(0);
}

template <class T>
kernels::Matrix<const T> dropped(const kernels::Matrix<const T>& previous, const Tensor& factor,
                                 const Tensor& scratch) {
  if (!factor.defined() || !previous.data) return previous;
  const kernels::Matrix<T> product{core::elements<T>(scratch), previous.rows, previous.columns, previous.columns};
  kernels::multiply_rows<T>(previous, core::elements<const T>(factor), product);
  return product;
}
template kernels::Matrix<const float> dropped(const kernels::Matrix<const float>&, const Tensor&, const Tensor&);
template kernels::Matrix<const double> dropped(const kernels::Matrix<const double>&, const Tensor&, const Tensor&);

}  // namespace xtape::ops
