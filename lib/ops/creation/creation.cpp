#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

#include "autograd/op.hpp"
#include "autograd/trace.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "core/element.hpp"
#include "core/tensor_impl.hpp"
#include "kernels/copy/copy.hpp"
#include "ops/registry.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {
namespace {

// All elements are one number.
struct Full {
  const char* operation;
  Shape lengths;
  Scalar value = 0;
  DType dtype;

  const char* name() const { return operation; }
  void attributes(autograd::Attributes& to) const { to("shape", lengths), to("value", value), to("dtype", dtype); }
  autograd::Spec shape() const { return {lengths, dtype}; }
  void compute(const Tensor& y) const {
    core::switch_dtype(dtype, [&]<class T>(T) { kernels::fill(core::elements<T>(y), value.to<T>(), y.numel()); });
  }
};

Tensor filled(const char* operation, const Shape& shape, Scalar value, DType dtype) {
  core::check_fits(operation, value, dtype);
  return autograd::apply(Full{operation, shape, value, dtype});
}

// Element i is start + i * step.
struct Arange {
  static constexpr const char* name = "arange";
  Scalar start = 0, step = 1;
  int64_t count;
  DType dtype;

  void attributes(autograd::Attributes& to) const {
    to("start", start), to("step", step), to("count", count), to("dtype", dtype);
  }
  autograd::Spec shape() const { return {{count}, dtype}; }
  void compute(const Tensor& y) const {
    if (dtype == DType::int64) {
      // Products may pass the signed range where sums come back into it.
      const auto first = static_cast<uint64_t>(start.to<int64_t>()), stride = static_cast<uint64_t>(step.to<int64_t>());
      auto* to = core::elements<int64_t>(y);
      for (int64_t i = 0; i < count; ++i) to[i] = static_cast<int64_t>(first + static_cast<uint64_t>(i) * stride);
    } else {
      const auto first = start.to<double>(), stride = step.to<double>();
      auto* to = core::elements<float>(y);
      for (int64_t i = 0; i < count; ++i) to[i] = detail::convert<float>(first + static_cast<double>(i) * stride);
    }
  }
};

// Both ends are exact.
struct Linspace {
  static constexpr const char* name = "linspace";
  double start, stop;
  int64_t count;
  DType dtype;

  void attributes(autograd::Attributes& to) const {
    to("start", start), to("stop", stop), to("count", count), to("dtype", dtype);
  }
  autograd::Spec shape() const { return {{count}, dtype}; }
  void compute(const Tensor& y) const {
    // The distance of the ends may be more than any number.
    const double steps = static_cast<double>(count - 1);
    const bool far = !std::isfinite(stop - start);
    const double step = count > 1 && !far ? (stop - start) / steps : 0;
    const auto between = [&](int64_t i) {
      const auto position = static_cast<double>(i);
      return far ? start * (1 - position / steps) + stop * (position / steps) : start + position * step;
    };
    core::switch_dtype(dtype, [&]<class T>(T) {
      T* to = core::elements<T>(y);
      for (int64_t i = 0; i < count; ++i) {
        const double value = i > 0 && i == count - 1 ? stop : between(i);
        to[i] = detail::convert<T>(is_integer(dtype) ? std::floor(value) : value);
      }
    });
  }
};

// Ones where both positions are equal, zeros elsewhere.
struct Eye {
  static constexpr const char* name = "eye";
  int64_t rows, columns;
  DType dtype;

  void attributes(autograd::Attributes& to) const { to("rows", rows), to("columns", columns), to("dtype", dtype); }
  autograd::Spec shape() const { return {{rows, columns}, dtype}; }
  void compute(const Tensor& y) const {
    core::switch_dtype(dtype, [&]<class T>(T) {
      T* to = core::elements<T>(y);
      kernels::fill(to, T{0}, y.numel());
      for (int64_t i = 0; i < std::min(rows, columns); ++i) to[i * (columns + 1)] = T{1};
    });
  }
};

void check_address(const char* name, const void* values, const Shape& shape) {
  if (values || shape.numel() == 0) return;
  throw ValueError(std::string(name) + ": the address is null, for a tensor of shape " + shape.str());
}

int64_t integer_steps(int64_t start, int64_t stop, int64_t step) {
  // The distance of two int64 needs the unsigned range.
  const auto steps = [](int64_t low, int64_t high, uint64_t stride) {
    return high <= low ? 0 : (static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1) / stride + 1;
  };
  const uint64_t count =
      step > 0 ? steps(start, stop, static_cast<uint64_t>(step)) : steps(stop, start, -static_cast<uint64_t>(step));
  // More than any memory holds is refused as a shape.
  return static_cast<int64_t>(std::min<uint64_t>(count, std::numeric_limits<int64_t>::max()));
}

}  // namespace

NestedNumbers::NestedNumbers(std::initializer_list<NestedNumbers> rows) {
  shape_.push_back(static_cast<int64_t>(rows.size()));
  if (rows.size() == 0) return;
  const Shape& row_shape = rows.begin()->shape();
  for (const int64_t length : row_shape) shape_.push_back(length);
  for (const NestedNumbers& row : rows) {
    if (row.shape() != row_shape) {
      throw ShapeError("tensor: rows have different shapes: " + row_shape.str() + " and " + row.shape().str());
    }
    values_.insert(values_.end(), row.values().begin(), row.values().end());
  }
}

Tensor tensor(const NestedNumbers& values) {
  const auto is_floating = [](const Scalar& value) { return value.is_floating(); };
  const auto is_bool = [](const Scalar& value) { return value.is_bool(); };
  const std::vector<Scalar>& numbers = values.values();
  DType dtype = int64;
  if (numbers.empty() || std::any_of(numbers.begin(), numbers.end(), is_floating)) {
    dtype = float32;
  } else if (std::all_of(numbers.begin(), numbers.end(), is_bool)) {
    dtype = bool_;
  }
  return tensor(values, dtype);
}

Tensor tensor(const NestedNumbers& values, DType dtype) {
  Tensor result = core::make_tensor(values.shape(), dtype, "tensor");
  core::switch_dtype(dtype, [&]<class T>(T) {
    std::transform(values.values().begin(), values.values().end(), core::elements<T>(result),
                   [](const Scalar& value) { return core::element<T>("tensor", value); });
  });
  return autograd::constant(result);
}

template <Arithmetic T>
Tensor tensor(const std::vector<T>& values) {
  Tensor result = core::make_tensor({static_cast<int64_t>(values.size())}, dtype_of<T>, "tensor");
  std::copy(values.begin(), values.end(), core::elements<T>(result));
  return autograd::constant(result);
}

template <Arithmetic T>
Tensor from_data(const T* values, const Shape& shape) {
  Tensor result = core::make_tensor(shape, dtype_of<T>, "from_data");
  check_address("from_data", values, shape);
  kernels::copy_bytes(values, core::elements<T>(result), static_cast<std::size_t>(result.numel()) * sizeof(T));
  return autograd::constant(result);
}

template <Arithmetic T>
Tensor borrow_data(T* values, const Shape& shape, std::function<void()> release) {
  core::check_shape("borrow_data", shape);
  check_address("borrow_data", values, shape);
  const std::size_t bytes = static_cast<std::size_t>(shape.numel()) * sizeof(T);
  return core::make_tensor(shape, dtype_of<T>, core::borrow_storage(values, bytes, std::move(release)));
}

#define XTAPE_INSTANTIATE(T)                         \
  template Tensor tensor(const std::vector<T>&);     \
  template Tensor from_data(const T*, const Shape&); \
  template Tensor borrow_data(T*, const Shape&, std::function<void()>);
XTAPE_INSTANTIATE(float)
XTAPE_INSTANTIATE(double)
XTAPE_INSTANTIATE(int64_t)
XTAPE_INSTANTIATE(int32_t)
XTAPE_INSTANTIATE(uint8_t)
XTAPE_INSTANTIATE(bool)
#undef XTAPE_INSTANTIATE

Tensor empty(const Shape& shape, DType dtype) { return core::make_tensor(shape, dtype, "empty"); }

Tensor zeros(const Shape& shape, DType dtype) { return filled("zeros", shape, 0, dtype); }

Tensor ones(const Shape& shape, DType dtype) { return filled("ones", shape, 1, dtype); }

Tensor full(const Shape& shape, Scalar value, DType dtype) { return filled("full", shape, value, dtype); }

Tensor::Tensor(Scalar value) : Tensor(ops::number_tensor("tensor", value, value.dtype())) {}

Tensor ops::number_tensor(const char* operation, Scalar number, DType dtype) {
  return filled(operation, {}, number, dtype);
}

Tensor zeros_like(const Tensor& other) {
  core::check_defined("zeros_like", other);
  return filled("zeros_like", other.shape(), 0, other.dtype());
}

Tensor ones_like(const Tensor& other) {
  core::check_defined("ones_like", other);
  return filled("ones_like", other.shape(), 1, other.dtype());
}

Tensor full_like(const Tensor& other, Scalar value) {
  core::check_defined("full_like", other);
  return filled("full_like", other.shape(), value, other.dtype());
}

Tensor arange(Scalar start, Scalar stop, Scalar step) {
  if (step.to<double>() == 0) throw ValueError("arange: step must not be 0");
  if (!start.is_floating() && !stop.is_floating() && !step.is_floating()) {
    const auto integer = [](Scalar number) { return core::element<int64_t>("arange", number); };
    const int64_t first = integer(start), stride = integer(step);
    return autograd::apply(Arange{first, stride, integer_steps(first, integer(stop), stride), int64});
  }
  const auto first = start.to<double>(), last = stop.to<double>(), stride = step.to<double>();
  const double count = std::ceil((last - first) / stride);
  detail::check_number("arange", "start", first, detail::Range::finite);
  detail::check_number("arange", "step", stride, detail::Range::finite);
  detail::check_number("arange", "(stop - start) / step", count, detail::Range::finite);
  // A count beyond all memory must not overflow before it is refused.
  return autograd::apply(Arange{first, stride, detail::convert<int64_t>(std::max(count, 0.0)), float32});
}

Tensor arange(Scalar stop) { return arange(0, stop, 1); }

Tensor linspace(double start, double stop, Count count, DType dtype) {
  detail::check_at_least(0, "linspace", "count", count);
  detail::check_number("linspace", "start", start, detail::Range::finite);
  detail::check_number("linspace", "stop", stop, detail::Range::finite);
  if (is_integer(dtype)) {
    for (const double end : {start, stop}) core::check_fits("linspace", std::floor(end), dtype);
  }
  return autograd::apply(Linspace{start, stop, count, dtype});
}

Tensor eye(Count rows, Count columns, DType dtype) {
  if (columns == -1) columns = rows;
  detail::check_at_least(0, "eye", "rows", rows);
  detail::check_at_least(0, "eye", "columns", columns);
  return autograd::apply(Eye{rows, columns, dtype});
}

void ops::describe_creation(autograd::Registry& to) {
  to.add<Full, 0>("full");
  to.add<Arange, 0>();
  to.add<Linspace, 0>();
  to.add<Eye, 0>();
}

}  // namespace xtape
