#pragma once

#include <cmath>
#include <vector>

#include "catch.hpp"

// What the tests of recurrent kernels share.
namespace xtape::testing {

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

// The numbers as the kernel's type.
template <class T>
std::vector<T> converted(const std::vector<double>& x) {
  return std::vector<T>(x.begin(), x.end());
}

// Compares a gradient with central differences of loss(), a function of x.
template <class Loss>
void check_gradient(const char* what, std::vector<double>& x, const std::vector<double>& gradient, const Loss& loss) {
  INFO(what);
  REQUIRE(x.size() == gradient.size());
  for (size_t i = 0; i < x.size(); ++i) {
    const double before = x[i];
    x[i] = before + 1e-6;
    const double above = loss();
    x[i] = before - 1e-6;
    const double below = loss();
    x[i] = before;
    REQUIRE(std::abs(gradient[i] - (above - below) / 2e-6) < 1e-7);
  }
}

}  // namespace xtape::testing
