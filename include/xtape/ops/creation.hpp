#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

#include <xtape/tensor.hpp>

namespace xtape {

/// Nested braces of numbers, the argument of `tensor`.
class XTAPE_API NestedNumbers {
 public:
  template <Arithmetic T>
  NestedNumbers(T value) : values_{Scalar(value)} {}
  /// @throws ShapeError if the rows have different lengths.
  NestedNumbers(std::initializer_list<NestedNumbers> rows);

  const Shape& shape() const { return shape_; }
  const std::vector<Scalar>& values() const { return values_; }

 private:
  Shape shape_;
  std::vector<Scalar> values_;
};

/// A tensor from nested braces: `tensor({{1, 2}, {3, 4}})`. Whole numbers give int64, any floating number
/// among them gives float32, only truth values give bool.
XTAPE_API Tensor tensor(const NestedNumbers& values);
/// The same of type `dtype`. @throws ValueError for a number that it does not hold (see Scalar::fits).
XTAPE_API Tensor tensor(const NestedNumbers& values, DType dtype);
/// A one-dimensional copy of `values`, of T's own type.
template <Arithmetic T>
XTAPE_API Tensor tensor(const std::vector<T>& values);

/// A tensor with a copy of `shape.numel()` elements in row-major order.
/// @throws ShapeError if a length is negative, there are more than 32 or their product overflows, as do all
/// functions below that take a shape; OutOfMemory if the system has not got the memory; ValueError if `values` is null
/// and there are elements.
template <Arithmetic T>
XTAPE_API Tensor from_data(const T* values, const Shape& shape);
/// A tensor over memory that stays the caller's: no copy. `release` runs when the last tensor over it goes.
/// @throws as from_data, and `release` does not run then.
template <Arithmetic T>
XTAPE_API Tensor borrow_data(T* values, const Shape& shape, std::function<void()> release = {});

/// Uninitialized elements.
XTAPE_API Tensor empty(const Shape& shape, DType dtype = float32);
/// The same for lengths in braces, which std::empty would take where `using namespace std` stands.
template <std::integral Length>
Tensor empty(std::initializer_list<Length> shape) {
  return empty(Shape(shape.begin(), shape.end()));
}
XTAPE_API Tensor zeros(const Shape& shape, DType dtype = float32);
XTAPE_API Tensor ones(const Shape& shape, DType dtype = float32);
/// @throws ValueError if `dtype` does not hold the value (see Scalar::fits), as does full_like.
XTAPE_API Tensor full(const Shape& shape, Scalar value, DType dtype = float32);
XTAPE_API Tensor zeros_like(const Tensor& other);
XTAPE_API Tensor ones_like(const Tensor& other);
XTAPE_API Tensor full_like(const Tensor& other, Scalar value);

/// start, start + step, ... before `stop`, as int64, or float32 if any of the numbers is floating.
/// @throws ValueError if step is 0, a floating number is not finite, or a whole one passes int64.
XTAPE_API Tensor arange(Scalar start, Scalar stop, Scalar step = 1);
/// 0, 1, ..., stop - 1.
XTAPE_API Tensor arange(Scalar stop);
/// `count` evenly spaced values from `start` to `stop`, both included; rounded down for integer types.
/// @throws ValueError if count is negative, an end is not finite, or an integer type does not hold the ends.
XTAPE_API Tensor linspace(double start, double stop, Count count = 50, DType dtype = float32);
/// Ones on the diagonal of a rows x columns matrix; square if `columns` is -1.
/// @throws ValueError if either is negative otherwise.
XTAPE_API Tensor eye(Count rows, Count columns = -1, DType dtype = float32);

/// Uniform on [0, 1), from the global generator (see xtape/random.hpp). @throws DTypeError unless floating.
XTAPE_API Tensor rand(const Shape& shape, DType dtype = float32);
/// Standard normal, likewise. @throws as rand.
XTAPE_API Tensor randn(const Shape& shape, DType dtype = float32);
/// Whole numbers, uniform on [low, high). @throws ValueError if low >= high or `dtype` does not hold them.
XTAPE_API Tensor randint(int64_t low, int64_t high, const Shape& shape, DType dtype = int64);
/// A random order of 0, ..., count - 1, as int64. @throws ValueError if count is negative.
XTAPE_API Tensor randperm(Count count);

}  // namespace xtape
