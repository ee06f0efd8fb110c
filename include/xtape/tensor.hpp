#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/detail/reference.hpp>
#include <xtape/dtype.hpp>
#include <xtape/export.hpp>
#include <xtape/hook_handle.hpp>
#include <xtape/scalar.hpp>
#include <xtape/shape.hpp>

namespace xtape {

namespace core {
/// The part of a tensor that its owners count; the rest is private to the library.
struct TensorHandle : detail::Counted {};
XTAPE_API void release_last(TensorHandle* handle) noexcept;
}  // namespace core

class Tensor;

/// A position along an axis; negative ones count from the end. A truth value is none: `x[true]` would be `x[1]`.
class XTAPE_API Position {
 public:
  /// @throws IndexError for an unsigned number that int64 does not hold, such as -1 as a size_t.
  template <detail::WholeNumber T>
  Position(T position) : value_(static_cast<int64_t>(position)) {
    if (!std::in_range<int64_t>(detail::widest(position))) [[unlikely]]
      refuse(static_cast<uint64_t>(position));
  }
  int64_t value() const noexcept { return value_; }

 private:
  [[noreturn]] static void refuse(uint64_t position);
  int64_t value_;
};

/// A range of an axis, like Python's `start:stop:step`. Bounds may be negative (from the end) and are
/// clipped to the axis; `step` may be negative but not 0.
struct Slice {
  std::optional<Position> start = std::nullopt;
  std::optional<Position> stop = std::nullopt;
  Count step = 1;
};

/// One entry of a multi-dimensional index: a position (which drops the axis) or a Slice.
class Index {
 public:
  template <detail::WholeNumber T>
  Index(T position) : position_(Position(position).value()) {}
  Index(Slice slice) : slice_(slice) {}
  bool is_position() const { return !slice_.has_value(); }
  int64_t position() const { return position_; }
  const Slice& slice() const { return *slice_; }

 private:
  int64_t position_ = 0;
  std::optional<Slice> slice_;
};

/// How `Tensor::backward` and `backward` run.
struct BackwardOptions {
  /// Keep the graph for another backward; by default it is freed as it runs.
  bool retain_graph = false;
};

/// An n-dimensional array that remembers how it was computed.
///
/// A Tensor is a handle of one pointer: copies share elements and gradient. Views (reshape, transpose,
/// slicing, ...) share elements. Operations on tensors that require a gradient are recorded on the tape,
/// and `backward()` on a scalar result fills `grad()` of the leaves.
///
/// Beside the errors that each function names, everywhere: ValueError for an undefined tensor where none is allowed;
/// ShapeError for a tensor of more than 32 dimensions, of a negative length or of 2^59 elements and more; OutOfMemory
/// where the system has not got the memory for one.
class XTAPE_API Tensor {
 public:
  /// An undefined tensor, which no operation takes: it can be assigned to, printed and asked whether it is defined.
  Tensor() noexcept = default;
  /// A 0-dimensional tensor of the number's own type (bool, int64 or float32).
  explicit Tensor(Scalar value);

  Tensor(const Tensor& other) noexcept = default;
  Tensor(Tensor&& other) noexcept = default;
  ~Tensor() = default;
  /// Assignment exchanges the handle: the variable then shares the other tensor's elements. It takes a variable: what
  /// `x[0]`, `x.slice(...)` or `x.grad()` return is a handle that is gone at the end of the statement, as is the list
  /// that split(...) or get_weights() returns.
  Tensor& operator=(const Tensor& other) & noexcept = default;
  Tensor& operator=(Tensor&& other) & noexcept = default;
  template <class Value>
  void operator=(Value&&) && = delete;  // to change the elements use x[0].assign(tensor) or x[0].fill(number)
  void operator=(const Tensor& other) const& = delete;  // of a list returned: use list[0].assign or set_weights(list)

  /// False for a default-constructed Tensor.
  bool defined() const noexcept { return static_cast<bool>(handle_); }

  const Shape& shape() const;
  /// Length of `axis`, which may be negative. @throws IndexError if out of range.
  int64_t shape(Axis axis) const;
  /// Distance, in elements, between neighbours along each axis.
  const Shape& strides() const;
  DType dtype() const;
  /// Number of dimensions.
  int rank() const;
  /// Number of elements.
  int64_t numel() const;
  /// Whether the elements lie in row-major order without gaps.
  bool is_contiguous() const;

  /// The single element, converted to T as by astype. @throws ShapeError if there is not exactly one.
  template <Arithmetic T = double>
  T item() const {
    return item_scalar().to<T>();
  }

  /// The first element's address. `data<float>()` gives write access and counts as a change of the tensor
  /// (a backward that saved it will refuse to run); `data<const float>()` only reads.
  /// Elements are in row-major order only if is_contiguous().
  /// @throws DTypeError if T is not the tensor's type; for writing AutogradError where in-place change is refused, and
  /// ValueError on a result of broadcast_to and its views, whose elements share memory.
  template <class T>
  T* data() const {
    if constexpr (std::is_const_v<T>) {
      return static_cast<T*>(read_address(dtype_of<std::remove_const_t<T>>));
    } else {
      return static_cast<T*>(write_address(dtype_of<T>));
    }
  }
  /// A copy of the elements in row-major order, converted to T as by astype.
  template <Arithmetic T>
  std::vector<T> to_vector() const;

  // -- Views: they share elements with this tensor ------------------------------------------------------

  /// The same elements in another shape; one length may be -1. A view where strides allow it, else a copy.
  /// @throws ShapeError if the number of elements differs, or a length is negative but for one -1.
  Tensor reshape(const Shape& shape) const;
  /// All axes from `start` on merged into one; a 0-dimensional tensor becomes one of shape [1]. A view or a copy, as
  /// reshape. @throws IndexError if `start`, which may be negative, is out of range.
  Tensor flatten(Axis start = 0) const;
  /// Axes reversed (the matrix transpose for two dimensions), as `numpy.transpose`.
  Tensor transpose() const;
  /// Two axes swapped, as `numpy.swapaxes`; they may be negative. @throws IndexError if one is out of range.
  Tensor transpose(Axis axis_a, Axis axis_b) const;
  /// Axis i of the result is axis `axes[i]` of this tensor, as `numpy.transpose`; they may be negative.
  /// @throws ShapeError unless there is one for each dimension, IndexError for one out of range, ValueError for one
  /// given twice.
  Tensor permute(const std::vector<int>& axes) const;
  /// Drops axes of length 1: all of them, or those given. @throws ShapeError if one given is longer, IndexError if it
  /// is out of range, ValueError if it is given twice.
  Tensor squeeze(const Axes& axes = {}) const;
  /// Inserts an axis of length 1, which is axis `axis` of the result, as `numpy.expand_dims`; -1 is the last one.
  /// @throws IndexError unless -rank() - 1 <= axis <= rank().
  Tensor expand_dims(Axis axis) const;
  /// A view of the given shape in which repeated axes have stride 0. It and its views are only read: writing is
  /// refused.
  /// @throws ShapeError naming both shapes if this one does not broadcast to that one.
  Tensor broadcast_to(const Shape& shape) const;
  /// `start:stop:step` of one axis, as in Python: what lies outside is left out, and nothing may remain.
  /// @throws IndexError if `axis`, which may be negative, is out of range, ValueError for a step of 0.
  Tensor slice(Axis axis, const Slice& range) const;
  /// The entries at `index` of `axis`, which is dropped; both may be negative.
  /// @throws IndexError if one is out of range.
  Tensor select(Axis axis, Position index) const;
  /// `x[i]`: select on the first axis. @throws IndexError if out of range.
  Tensor operator[](Position index) const { return select(0, index.value()); }
  /// `x[{1, Slice{0, 3}, Slice{}}]`: positions and ranges for the leading axes, as in NumPy. @throws IndexError for
  /// more of them than dimensions or a position out of range, ValueError for a step of 0.
  Tensor operator[](std::initializer_list<Index> indices) const;

  // -- Changes in place ---------------------------------------------------------------------------------

  /// Copies `value` (broadcast, converted) into this tensor or view; not recorded on the tape. @throws AutogradError if
  /// this tensor requires a gradient while recording, or `value` does; ShapeError if `value` does not broadcast to this
  /// shape; ValueError on a result of broadcast_to.
  const Tensor& assign(const Tensor& value) const;
  /// Sets every element. @throws as assign; ValueError if the tensor's type does not hold the number.
  const Tensor& fill(Scalar value) const;
  /// `a += b` and the like change the elements in place. @throws as assign; ShapeError if the result has
  /// another shape; DTypeError if its type is of a higher kind (bool < uint8 < int32, int64 < floating) than the
  /// tensor's, as in NumPy; ValueError for a number that the type does not hold.
  const Tensor& operator+=(const Tensor& other) const;
  const Tensor& operator-=(const Tensor& other) const;
  const Tensor& operator*=(const Tensor& other) const;
  const Tensor& operator/=(const Tensor& other) const;
  const Tensor& operator+=(Scalar other) const;
  const Tensor& operator-=(Scalar other) const;
  const Tensor& operator*=(Scalar other) const;
  const Tensor& operator/=(Scalar other) const;

  // -- Copies -------------------------------------------------------------------------------------------

  /// This tensor if it is contiguous, else a contiguous copy.
  Tensor contiguous() const;
  /// A contiguous copy; gradients flow through it.
  Tensor clone() const;
  /// The elements converted to `dtype`; this tensor if it has that type already. Gradients flow between
  /// floating types. Floating to integer drops the fraction, NaN becomes 0, and what is out of range the nearest limit,
  /// on every processor; integer to integer keeps the lowest bits; to bool: whether an element is not 0.
  Tensor astype(DType dtype) const;

  // -- Autograd -----------------------------------------------------------------------------------------

  /// Whether operations on this tensor are recorded.
  bool requires_grad() const;
  /// Makes this leaf collect gradients. @throws AutogradError if it was computed by a recorded operation;
  /// DTypeError if it is not floating.
  const Tensor& set_requires_grad(bool requires_grad = true) const;
  /// Whether no recorded operation computed this tensor.
  bool is_leaf() const;
  /// The same elements, cut off from the tape.
  Tensor detach() const;
  /// The gradient collected by backward, by leaves and where retain_grad() was called; undefined before the first one.
  Tensor grad() const;
  /// Replaces the gradient; an undefined tensor clears it. @throws ShapeError, DTypeError if it does not fit.
  void set_grad(const Tensor& grad) const;
  /// Clears the gradient.
  void zero_grad() const;
  /// Computes the gradient of this tensor with respect to all leaves and adds it to their grad(). `gradient` is the
  /// gradient of some scalar with respect to this tensor; it may be left out where numel() is 1. @throws AutogradError
  /// if there is no graph, it was freed by an earlier backward, a saved tensor was changed, or `gradient` is left out
  /// elsewhere; ShapeError, DTypeError if `gradient` has another shape or type.
  void backward(const Tensor& gradient = {}, BackwardOptions options = {}) const;

  /// Has each `backward` add the gradient of this tensor, which an operation computed, to its grad(), as it does for
  /// leaves; does nothing on a leaf. @throws AutogradError if the tensor does not require a gradient.
  void retain_grad() const;
  /// Has `hook(gradient)` see the gradient of this tensor in each run of `backward` or `grad` that computes it, once, when
  /// it is final: when all that use the tensor have run. What `hook` returns, if it returns a Tensor that is defined,
  /// takes the place of the gradient, of which it must have the shape and the type:
  ///
  ///     const HookHandle clipped = y.register_hook([](const Tensor& g) { return clip(g, -1, 1); });
  ///     w.register_hook([](const Tensor& g) { std::cout << g << '\n'; });
  ///
  /// Hooks of a tensor run in the order of their registration, each on what the one before has left; grad(), retained
  /// gradients and results of `grad` are what the last one has left. They run on the thread of the run, and record
  /// operations only under create_graph. `gradient` may be shared: a hook must not change it in place. Under jvp it
  /// carries a tangent. An error thrown by a hook ends the run as that of an operation does. A hook must not hold its
  /// tensor, or what was computed of it: neither would ever go. Hooks may be registered and removed at any time, also by
  /// hooks and other threads; what is registered while a run goes on may have to wait for the next one.
  /// @throws AutogradError if the tensor does not require a gradient, and, in a run, if a hook returns another shape or
  /// type; ValueError for an empty function.
  template <std::invocable<const Tensor&> Hook>
  HookHandle register_hook(Hook hook) const {
    using Result = std::conditional_t<std::is_void_v<std::invoke_result_t<Hook&, const Tensor&>>, void, Tensor>;
    return add_hook(std::function<Result(const Tensor&)>(std::move(hook)));
  }
  /// Has `hook(leaf)` called in each `backward`, not `grad`, as soon as the gradient of this leaf is final and added to
  /// grad(), while the rest of the run goes on: to send gradients away, or to update the leaf in place and clear its
  /// gradient. Such a leaf has its gradient before the run is complete, and keeps it if the run fails later. All else as
  /// for register_hook. @throws AutogradError if the tensor does not require a gradient, or is no leaf; ValueError for an
  /// empty function.
  HookHandle register_post_accumulate_grad_hook(std::function<void(const Tensor& leaf)> hook) const;

  // -- Common operations as methods (see xtape/ops) -------------------------------------------------------

  Tensor sum(const Axes& axes = {}, bool keepdims = false) const;
  Tensor mean(const Axes& axes = {}, bool keepdims = false) const;
  Tensor var(const Axes& axes = {}, bool keepdims = false, int ddof = 0) const;
  Tensor std(const Axes& axes = {}, bool keepdims = false, int ddof = 0) const;
  Tensor max(const Axes& axes = {}, bool keepdims = false) const;
  Tensor min(const Axes& axes = {}, bool keepdims = false) const;
  Tensor matmul(const Tensor& other) const;

  /// NumPy's text: nested brackets, summarized above 1000 elements.
  std::string str() const;

  /// For the library's own use.
  core::TensorHandle* handle() const noexcept { return handle_.get(); }
  explicit Tensor(detail::Reference<core::TensorHandle> handle) noexcept : handle_(std::move(handle)) {}
  core::TensorHandle* release_handle() noexcept { return handle_.detach(); }

 private:
  Scalar item_scalar() const;
  const void* read_address(DType dtype) const;
  void* write_address(DType dtype) const;
  HookHandle add_hook(std::function<Tensor(const Tensor&)> hook) const;
  HookHandle add_hook(std::function<void(const Tensor&)> hook) const;

  detail::Reference<core::TensorHandle> handle_;
};

XTAPE_API std::ostream& operator<<(std::ostream& stream, const Tensor& tensor);

}  // namespace xtape
