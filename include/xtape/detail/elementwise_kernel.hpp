#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xtape/dual.hpp>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape::detail {

/// An elementwise function f of some arguments as what an operation needs of it. Arrays are dense and equally long;
/// only elements begin <= i < end are touched.
class ElementwiseKernel {
 public:
  virtual ~ElementwiseKernel() = default;
  /// y[i] = f(x[0][i], x[1][i], ...).
  virtual void value(const float* const* x, float* y, int64_t begin, int64_t end) const = 0;
  virtual void value(const double* const* x, double* y, int64_t begin, int64_t end) const = 0;
  /// gradient[i] = g[i] times the derivative of f by `argument` at x[0][i], x[1][i], ...
  virtual void vjp(std::size_t argument, const float* const* x, const float* g, float* gradient, int64_t begin,
                   int64_t end) const = 0;
  virtual void vjp(std::size_t argument, const double* const* x, const double* g, double* gradient, int64_t begin,
                   int64_t end) const = 0;
  /// f(x[0], x[1], ...) by operations on tensors.
  virtual Tensor compose(const std::vector<Tensor>& x) const = 0;
};

/// Runs the kernel as a differentiable operation.
XTAPE_API Tensor apply_elementwise(const std::string& name, std::shared_ptr<const ElementwiseKernel> kernel,
                                   const std::vector<Tensor>& inputs);

template <class Function, class Arguments>
class ElementwiseKernelOf;

/// The kernel of a function object that takes dual numbers as well as tensors.
template <class Function, std::size_t... arguments>
class ElementwiseKernelOf<Function, std::index_sequence<arguments...>> final : public ElementwiseKernel {
 public:
  explicit ElementwiseKernelOf(Function function) : function_(std::move(function)) {}

  void value(const float* const* x, float* y, int64_t begin, int64_t end) const override { value_of(x, y, begin, end); }
  void value(const double* const* x, double* y, int64_t begin, int64_t end) const override {
    value_of(x, y, begin, end);
  }
  void vjp(std::size_t argument, const float* const* x, const float* g, float* gradient, int64_t begin,
           int64_t end) const override {
    vjp_of(argument, x, g, gradient, begin, end);
  }
  void vjp(std::size_t argument, const double* const* x, const double* g, double* gradient, int64_t begin,
           int64_t end) const override {
    vjp_of(argument, x, g, gradient, begin, end);
  }
  Tensor compose(const std::vector<Tensor>& x) const override { return function_(x[arguments]...); }

 private:
  template <class T>
  void value_of(const T* const* x, T* y, int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) y[i] = Dual<T>(function_(Dual<T>(x[arguments][i])...)).value;
  }

  template <class T>
  void vjp_of(std::size_t argument, const T* const* x, const T* g, T* gradient, int64_t begin, int64_t end) const {
    ((argument == arguments ? vjp_by<arguments>(x, g, gradient, begin, end) : void()), ...);
  }

  // The derivatives of the arguments are known to the compiler, which drops what is multiplied by 0.
  template <std::size_t variable, class T>
  void vjp_by(const T* const* x, const T* g, T* gradient, int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) {
      const Dual<T> y = function_(Dual<T>(x[arguments][i], arguments == variable ? T(1) : T(0))...);
      gradient[i] = g[i] * y.derivative;
    }
  }

  Function function_;
};

}  // namespace xtape::detail
