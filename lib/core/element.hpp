#pragma once

#include <xtape/tensor.hpp>

// Where a C++ number becomes an element: everywhere it is this function that takes it, and refuses what does not fit.
namespace xtape::core {

[[noreturn]] void throw_does_not_fit(const char* operation, Scalar number, DType dtype);

// @throws ValueError naming operation, number and type if an element of T cannot be the number.
template <class T>
T element(const char* operation, Scalar number) {
  if (!number.fits<T>()) [[unlikely]]
    throw_does_not_fit(operation, number, dtype_of<T>);
  return number.to<T>();
}

// Whether `dtype` holds the number.
bool fits(Scalar number, DType dtype);
// @throws as element.
void check_fits(const char* operation, Scalar number, DType dtype);

}  // namespace xtape::core
