#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace xtape::core {

// A floating number on its own, as NumPy prints a scalar: the shortest digits that give it back, in scientific
// notation from 1e16 on and below 1e-4.
template <class T>
std::string scalar_text(T value);

// The texts of the elements of one array, all of one width, as NumPy's str gives them: the shortest digits, at
// most 8 after the point, in scientific notation where one of the numbers calls for it.
template <class T>
class FloatFormat {
 public:
  explicit FloatFormat(const std::vector<T>& values);
  std::string operator()(T value) const;

 private:
  bool scientific_ = false;
  // Widths before and after the point.
  std::size_t left_ = 0;
  std::size_t right_ = 0;
  // Digits after the point and in the exponent of scientific notation.
  std::size_t fraction_digits_ = 0;
  std::size_t exponent_digits_ = 0;
};

}  // namespace xtape::core
