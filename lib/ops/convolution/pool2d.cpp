#include "ops/convolution/pool2d.hpp"

#include <string>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/ops/pool.hpp>

#include "autograd/record.hpp"
#include "core/checks.hpp"
#include "core/dtype_switch.hpp"
#include "ops/support/conversion.hpp"

namespace xtape {

using autograd::Gradients;
using autograd::Inputs;
using kernels::Pool2dGeometry;

namespace {

constexpr int64_t max_window_cells = int64_t{1} << 24;

}  // namespace

Pool2dGeometry ops::pool2d_geometry(const char* operation, const Shape& shape, const Pool2dOptions& options) {
  if (shape.rank() != 4) {
    throw ShapeError(std::string(operation) + ": expected x [batch, height, width, channels], got " + shape.str());
  }
  const bool same = detail::is_same_padding(operation, options.padding);
  const auto strides = options.strides.value_or(options.pool_size);
  detail::check_positive(operation, "pool_size", options.pool_size);
  detail::check_positive(operation, "strides", strides);
  const detail::Windows rows = detail::place_windows(operation, shape[1], options.pool_size[0], strides[0], 1, same);
  const detail::Windows columns = detail::place_windows(operation, shape[2], options.pool_size[1], strides[1], 1, same);
  const auto refuse = [&](const std::string& why) {
    throw ShapeError(std::string(operation) + ": a window of (" + std::to_string(options.pool_size[0]) + ", " +
                     std::to_string(options.pool_size[1]) + ") " + why);
  };
  if (rows.count < 1 || columns.count < 1) refuse("does not fit into x " + shape.str());
  // Positions in a window are found as numbers of x's type, which float32 has up to there.
  if (options.pool_size[0] * options.pool_size[1] > max_window_cells) {
    refuse("has more than " + std::to_string(max_window_cells) + " cells");
  }
  return {.batch = shape[0],
          .height = shape[1],
          .width = shape[2],
          .channels = shape[3],
          .window_h = options.pool_size[0],
          .window_w = options.pool_size[1],
          .stride_h = rows.stride,
          .stride_w = columns.stride,
          .pad_top = rows.before,
          .pad_left = columns.before,
          .out_h = rows.count,
          .out_w = columns.count};
}

namespace {

Tensor make_input_like(const Pool2dGeometry& g, DType dtype, const char* operation) {
  return core::make_tensor({g.batch, g.height, g.width, g.channels}, dtype, operation);
}

Tensor make_output(const Pool2dGeometry& g, DType dtype, const char* operation) {
  return core::make_tensor({g.batch, g.out_h, g.out_w, g.channels}, dtype, operation);
}

// Calls body(T{}, Index{}) for the types of the values and of the indices.
template <class Body>
void switch_types(DType dtype, DType index_dtype, const Body& body) {
  core::switch_floating(dtype, [&]<class T>(T) {
    if (index_dtype == DType::uint8) {
      body(T{}, uint8_t{});
    } else {
      body(T{}, int32_t{});
    }
  });
}

Tensor max_pool2d_pick(const Tensor& argument, const Tensor& indices, const Pool2dGeometry& geometry);

}  // namespace

Tensor ops::max_pool2d_backward(const Tensor& gradient, const Tensor& indices, const Pool2dGeometry& geometry) {
  const Tensor g = ops::contiguous("max_pool2d_backward", gradient);
  Tensor y = make_input_like(geometry, g.dtype(), "max_pool2d_backward");
  switch_types(g.dtype(), indices.dtype(), [&]<class T, class Index>(T, Index) {
    kernels::max_pool2d_backward(geometry, core::elements<const T>(g), core::elements<const Index>(indices),
                                 core::elements<T>(y));
  });
  if (autograd::needs_grad(g)) {
    autograd::record("max_pool2d_backward", y, Inputs{g}, [indices, geometry](const Tensor& h, Gradients& gradients) {
      gradients.set(0, max_pool2d_pick(h, indices, geometry));
    });
  }
  return y;
}

namespace {

// The cells that the indices name.
Tensor max_pool2d_pick(const Tensor& argument, const Tensor& indices, const Pool2dGeometry& geometry) {
  const Tensor x = ops::contiguous("max_pool2d_pick", argument);
  Tensor y = make_output(geometry, x.dtype(), "max_pool2d_pick");
  switch_types(x.dtype(), indices.dtype(), [&]<class T, class Index>(T, Index) {
    kernels::max_pool2d_pick(geometry, core::elements<const T>(x), core::elements<const Index>(indices),
                             core::elements<T>(y));
  });
  if (autograd::needs_grad(x)) {
    autograd::record("max_pool2d_pick", y, Inputs{x}, [indices, geometry](const Tensor& g, Gradients& gradients) {
      gradients.set(0, ops::max_pool2d_backward(g, indices, geometry));
    });
  }
  return y;
}

Tensor avg_pool2d_backward(const Tensor& gradient, const Pool2dGeometry& geometry);

Tensor avg_pool2d(const Tensor& argument, const Pool2dGeometry& geometry) {
  const Tensor x = ops::contiguous("avg_pool2d", argument);
  Tensor y = make_output(geometry, x.dtype(), "avg_pool2d");
  core::switch_floating(
      x.dtype(), [&]<class T>(T) { kernels::avg_pool2d(geometry, core::elements<const T>(x), core::elements<T>(y)); });
  if (autograd::needs_grad(x)) {
    autograd::record("avg_pool2d", y, Inputs{x}, [geometry](const Tensor& g, Gradients& gradients) {
      gradients.set(0, avg_pool2d_backward(g, geometry));
    });
  }
  return y;
}

// Each window's gradient in equal parts to its cells.
Tensor avg_pool2d_backward(const Tensor& gradient, const Pool2dGeometry& geometry) {
  const Tensor g = ops::contiguous("avg_pool2d_backward", gradient);
  Tensor y = make_input_like(geometry, g.dtype(), "avg_pool2d_backward");
  core::switch_floating(g.dtype(), [&]<class T>(T) {
    kernels::avg_pool2d_backward(geometry, core::elements<const T>(g), core::elements<T>(y));
  });
  if (autograd::needs_grad(g)) {
    autograd::record("avg_pool2d_backward", y, Inputs{g},
                     [geometry](const Tensor& h, Gradients& gradients) { gradients.set(0, avg_pool2d(h, geometry)); });
  }
  return y;
}

}  // namespace

Tensor max_pool2d(const Tensor& argument, const Pool2dOptions& options) {
  core::check_floating("max_pool2d", argument);
  const Pool2dGeometry geometry = ops::pool2d_geometry("max_pool2d", argument.shape(), options);
  const Tensor x = ops::contiguous("max_pool2d", argument);
  Tensor y = make_output(geometry, x.dtype(), "max_pool2d");
  // The backward needs no more than where in its window each largest cell was.
  const bool recorded = autograd::needs_grad(x);
  const DType index_dtype = geometry.window_h * geometry.window_w <= 256 ? DType::uint8 : DType::int32;
  const Tensor indices = recorded ? make_output(geometry, index_dtype, "max_pool2d") : Tensor();
  switch_types(x.dtype(), index_dtype, [&]<class T, class Index>(T, Index) {
    kernels::max_pool2d(geometry, core::elements<const T>(x), core::elements<T>(y),
                        recorded ? core::elements<Index>(indices) : nullptr);
  });
  if (recorded) {
    autograd::record("max_pool2d", y, Inputs{x}, [indices, geometry](const Tensor& g, Gradients& gradients) {
      gradients.set(0, ops::max_pool2d_backward(g, indices, geometry));
    });
  }
  return y;
}

Tensor avg_pool2d(const Tensor& x, const Pool2dOptions& options) {
  core::check_floating("avg_pool2d", x);
  return avg_pool2d(x, ops::pool2d_geometry("avg_pool2d", x.shape(), options));
}

}  // namespace xtape
