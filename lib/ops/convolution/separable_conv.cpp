#include <string>
#include <xtape/error.hpp>
#include <xtape/ops/conv.hpp>

#include "core/checks.hpp"
#include "ops/support/in_operation.hpp"

namespace xtape {
namespace {

// Before anything is computed. @throws ShapeError unless the pointwise kernel, of single cells, takes what the
// depthwise one of `spatial` axes gives.
void check_pointwise(const char* operation, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                     std::size_t spatial) {
  core::check_defined(operation, depthwise_kernel);
  core::check_defined(operation, pointwise_kernel);
  const Shape &depthwise = depthwise_kernel.shape(), &pointwise = pointwise_kernel.shape();
  if (depthwise.size() != spatial + 2) return;  // depthwise_conv says it
  const int64_t channels = depthwise[spatial] * depthwise[spatial + 1];
  bool fits = pointwise.size() == spatial + 2 && pointwise[spatial] == channels;
  for (std::size_t i = 0; fits && i < spatial; ++i) fits = pointwise[i] == 1;
  if (fits) return;
  throw ShapeError(std::string(operation) + ": expected a pointwise kernel [1, " + (spatial == 2 ? "1, " : "") +
                   std::to_string(channels) + ", out] behind the depthwise kernel " + depthwise.str() + ", got " +
                   pointwise.str());
}

}  // namespace

Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                        const DepthwiseConv1dOptions& options) {
  return separable_conv1d(x, depthwise_kernel, pointwise_kernel, Tensor(), "linear", options);
}

Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                        const DepthwiseConv2dOptions& options) {
  return separable_conv2d(x, depthwise_kernel, pointwise_kernel, Tensor(), "linear", options);
}

Tensor separable_conv1d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                        const Tensor& bias, const std::string& activation, const DepthwiseConv1dOptions& options) {
  check_pointwise("separable_conv1d", depthwise_kernel, pointwise_kernel, 1);
  return ops::in_operation("separable_conv1d", [&] {
    return conv1d(depthwise_conv1d(x, depthwise_kernel, options), pointwise_kernel, bias, activation);
  });
}

Tensor separable_conv2d(const Tensor& x, const Tensor& depthwise_kernel, const Tensor& pointwise_kernel,
                        const Tensor& bias, const std::string& activation, const DepthwiseConv2dOptions& options) {
  check_pointwise("separable_conv2d", depthwise_kernel, pointwise_kernel, 2);
  return ops::in_operation("separable_conv2d", [&] {
    return conv2d(depthwise_conv2d(x, depthwise_kernel, options), pointwise_kernel, bias, activation);
  });
}

}  // namespace xtape
