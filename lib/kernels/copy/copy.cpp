#include "kernels/copy/copy.hpp"

#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "kernels/simd/copy/copy.hpp"
#include "kernels/support/broadcast.hpp"
#include "kernels/support/dtypes.hpp"
#include "kernels/support/runs.hpp"

namespace xtape::kernels {
namespace {

// Brings the axes into the order in which `to` lies in memory, so that writes are sequential, and joins what then
// joins.
IterationPlan<2> in_order_of_target(const IterationPlan<2>& plan) {
  int order[max_rank];
  for (int axis = 0; axis < plan.rank; ++axis) order[axis] = axis;
  const auto magnitude = [](int64_t stride) { return stride < 0 ? -stride : stride; };
  std::stable_sort(order, order + plan.rank, [&](int left, int right) {
    return magnitude(plan.strides[1][left]) > magnitude(plan.strides[1][right]);
  });
  int64_t sizes[max_rank], from[max_rank], to[max_rank];
  for (int axis = 0; axis < plan.rank; ++axis) {
    sizes[axis] = plan.sizes[order[axis]];
    from[axis] = plan.strides[0][order[axis]];
    to[axis] = plan.strides[1][order[axis]];
  }
  return collapse<2>(plan.rank, sizes, {from, to});
}

// The axis, other than the last, along which `from` moves by single elements; -1 if there is none.
template <int arrays>
int transposed_axis(const IterationPlan<arrays>& plan) {
  for (int axis = plan.rank - 2; axis >= 0; --axis)
    if (plan.strides[0][axis] == 1 && plan.sizes[axis] >= 4) return axis;
  return -1;
}

template <class T>
void copy_row(const T* from, int64_t step_from, T* to, int64_t step_to, int64_t n) {
  if (step_from == 1 && step_to == 1) {
    if (n <= 16) {
      for (int64_t i = 0; i < n; ++i) to[i] = from[i];
    } else {
      std::memcpy(to, from, static_cast<size_t>(n) * sizeof(T));
    }
  } else if (step_to == 1 && step_from == 0) {
    std::fill(to, to + n, *from);
  } else if (step_to == 1) {
    for (int64_t i = 0; i < n; ++i) to[i] = from[i * step_from];
  } else {
    for (int64_t i = 0; i < n; ++i) to[i * step_to] = from[i * step_from];
  }
}

template <class T>
void copy_typed(const IterationPlan<2>& unordered, const T* from, T* to) {
  IterationPlan<2> plan = in_order_of_target(unordered);
  const int last = plan.rank - 1;
  if (plan.rank == 1) {
    core::parallel_for(plan.sizes[0], elementwise_grain, [&](int64_t begin, int64_t end) {
      const int64_t step_from = plan.strides[0][0], step_to = plan.strides[1][0];
      copy_row(from + begin * step_from, step_from, to + begin * step_to, step_to, end - begin);
    });
    return;
  }
  const int transposed = plan.strides[1][last] == 1 && plan.strides[0][last] != 1 ? transposed_axis(plan) : -1;
  if (transposed >= 0) {  // brought next to the last axis, so that a run of rows is a matrix to be transposed
    for (int axis = transposed; axis + 1 < last; ++axis) {
      std::swap(plan.sizes[axis], plan.sizes[axis + 1]);
      for (auto& strides : plan.strides) std::swap(strides[axis], strides[axis + 1]);
    }
  }
  const int64_t row_from = plan.strides[0][last - 1], step_from = plan.strides[0][last];
  const int64_t row_to = plan.strides[1][last - 1], step_to = plan.strides[1][last];
  for_each_run(plan, elementwise_grain, [&](const std::array<int64_t, 2>& offsets, int64_t, int64_t rows) {
    const T* run_from = from + offsets[0];
    T* run_to = to + offsets[1];
    if (transposed >= 0) {
      XTAPE_DISPATCH(transpose(run_from, step_from, run_to, row_to, rows, plan.columns()));
    } else {
      for (int64_t row = 0; row < rows; ++row)
        copy_row(run_from + row * row_from, step_from, run_to + row * row_to, step_to, plan.columns());
    }
  });
}

// Selection does not look at values, only at their size.
template <class T>
using Bits = std::conditional_t<sizeof(T) == 1, uint8_t, std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>;

}  // namespace

void copy_strided(const IterationPlan<2>& plan, const void* from, void* to, size_t element_size) {
  switch (element_size) {
    case 1:
      return copy_typed(plan, static_cast<const uint8_t*>(from), static_cast<uint8_t*>(to));
    case 4:
      return copy_typed(plan, static_cast<const uint32_t*>(from), static_cast<uint32_t*>(to));
    case 8:
      return copy_typed(plan, static_cast<const uint64_t*>(from), static_cast<uint64_t*>(to));
    default:
      throw std::logic_error("copy_strided: no type has elements of " + std::to_string(element_size) + " bytes");
  }
}

void copy_bytes(const void* from, void* to, size_t bytes) {
  core::parallel_for(static_cast<int64_t>(bytes), elementwise_grain * 4, [&](int64_t begin, int64_t end) {
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<size_t>(end - begin));
  });
}

namespace {

// Of parts whose rows have `bytes` bytes, one number mostly: copies of a length that is not known would take longer than
// all else.
template <size_t bytes>
void join_narrow(std::span<const RowPart> parts, int64_t rows, void* to) {
  const size_t row_bytes = parts.size() * bytes;
  core::parallel_for(rows, elementwise_grain, [&](int64_t begin, int64_t end) {
    for (size_t i = 0; i < parts.size(); ++i) {
      const char* from = static_cast<const char*>(parts[i].from);
      char* next = static_cast<char*>(to) + i * bytes;
      for (int64_t row = begin; row < end; ++row) {
        std::memcpy(next + static_cast<size_t>(row) * row_bytes, from + static_cast<size_t>(row) * bytes, bytes);
      }
    }
  });
}

}  // namespace

void join_rows(std::span<const RowPart> parts, int64_t rows, void* to) {
  const auto all_have = [&](size_t bytes) {
    return std::all_of(parts.begin(), parts.end(), [=](const RowPart& part) { return part.row_bytes == bytes; });
  };
  if (all_have(4)) return join_narrow<4>(parts, rows, to);
  if (all_have(8)) return join_narrow<8>(parts, rows, to);
  size_t row_bytes = 0;
  for (const RowPart& part : parts) row_bytes += part.row_bytes;
  const int64_t grain =
      std::max<int64_t>(1, elementwise_grain * 4 / std::max<int64_t>(1, static_cast<int64_t>(row_bytes)));
  core::parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    char* next = static_cast<char*>(to) + static_cast<size_t>(begin) * row_bytes;
    for (int64_t row = begin; row < end; ++row) {
      for (const RowPart& part : parts) {
        std::memcpy(next, static_cast<const char*>(part.from) + static_cast<size_t>(row) * part.row_bytes,
                    part.row_bytes);
        next += part.row_bytes;
      }
    }
  });
}

template <class From, class To>
void cast(const From* from, To* to, int64_t n) {
  core::parallel_for(n, elementwise_grain,
                     [&](int64_t begin, int64_t end) { XTAPE_DISPATCH(cast(from + begin, to + begin, end - begin)); });
}

template <class T>
void fill(T* to, T value, int64_t n) {
  core::parallel_for(n, elementwise_grain, [&](int64_t begin, int64_t end) { std::fill(to + begin, to + end, value); });
}

template <class T>
void where(const IterationPlan<3>& plan, const bool* condition, const T* a, const T* b, T* y) {
  static_assert(sizeof(Bits<T>) == sizeof(T));
  const auto* bits_a = reinterpret_cast<const Bits<T>*>(a);
  const auto* bits_b = reinterpret_cast<const Bits<T>*>(b);
  auto* bits_y = reinterpret_cast<Bits<T>*>(y);
  const int last = plan.rank - 1;
  const int64_t columns = plan.columns();
  const int64_t steps[3] = {plan.strides[0][last], plan.strides[1][last], plan.strides[2][last]};
  if (plan.rank == 1) {
    core::parallel_for(columns, elementwise_grain, [&](int64_t begin, int64_t end) {
      XTAPE_DISPATCH(where_row<Bits<T>>({condition + begin * steps[0], steps[0]}, {bits_a + begin * steps[1], steps[1]},
                                        {bits_b + begin * steps[2], steps[2]}, bits_y + begin, end - begin));
    });
    return;
  }
  for_each_run(plan, elementwise_grain, [&](const std::array<int64_t, 3>& offsets, int64_t first_row, int64_t rows) {
    for (int64_t row = 0; row < rows; ++row) {
      const auto at = [&](int k) { return offsets[k] + row * plan.strides[k][last - 1]; };
      XTAPE_DISPATCH(where_row<Bits<T>>({condition + at(0), steps[0]}, {bits_a + at(1), steps[1]},
                                        {bits_b + at(2), steps[2]}, bits_y + (first_row + row) * columns, columns));
    }
  });
}

#define XTAPE_INSTANTIATE_CAST(From, To) template void cast(const From*, To*, int64_t);
#define XTAPE_INSTANTIATE(T)                                                         \
  template void fill(T*, T, int64_t);                                                \
  template void where(const IterationPlan<3>&, const bool*, const T*, const T*, T*); \
  XTAPE_INSTANTIATE_CAST(T, float)                                                   \
  XTAPE_INSTANTIATE_CAST(T, double)                                                  \
  XTAPE_INSTANTIATE_CAST(T, int64_t)                                                 \
  XTAPE_INSTANTIATE_CAST(T, int32_t)                                                 \
  XTAPE_INSTANTIATE_CAST(T, uint8_t)                                                 \
  XTAPE_INSTANTIATE_CAST(T, bool)
XTAPE_ALL_TYPES(XTAPE_INSTANTIATE)

}  // namespace xtape::kernels
