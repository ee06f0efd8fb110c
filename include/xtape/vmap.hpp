#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/tensor.hpp>

namespace xtape {

/// Which numbers the examples of a vmap draw (rand, randn, randint, randperm, dropout).
enum class Randomness {
  /// None: drawing is an AutogradError.
  error,
  /// Each example its own.
  different,
  /// All the same ones, those that the function draws alone.
  same
};

/// In place of an axis: a tensor that is the same for all examples.
inline constexpr std::nullopt_t unmapped = std::nullopt;

/// The mapped axis of each of several tensors, or one that is that of all: `1`, `unmapped`, `{0, unmapped, -1}`.
/// Negative axes count from the end.
class MappedAxes {
 public:
  template <std::convertible_to<Axis> One>
  MappedAxes(One axis) : all_(true), axes_{static_cast<int>(Axis(axis))} {}
  MappedAxes(std::nullopt_t) : all_(true), axes_{std::nullopt} {}
  MappedAxes(std::initializer_list<std::optional<int>> axes) : axes_(axes) {}
  MappedAxes(std::vector<std::optional<int>> axes) : axes_(std::move(axes)) {}

  /// Whether there is one for all tensors.
  bool for_all() const noexcept { return all_; }
  /// How many tensors there are axes for, unless there is one for all.
  std::size_t size() const noexcept { return axes_.size(); }
  const std::optional<int>& operator[](std::size_t i) const { return axes_[all_ ? 0 : i]; }

 private:
  bool all_ = false;
  std::vector<std::optional<int>> axes_;
};

struct VmapOptions {
  /// The mapped axis of each input. Their lengths are one: the number of examples.
  MappedAxes in_axes = 0;
  /// Where the examples lie in each output. An output that is the same for all examples is repeated; it may be
  /// `unmapped`, and is then returned once.
  MappedAxes out_axes = 0;
  Randomness randomness = Randomness::error;
};

/// `function` for all examples at once: vectorized, not a loop. The function that is returned takes tensors with one
/// more axis than `function` does and returns what a loop over its entries would, stacked, to rounding. Within
/// `function` a mapped tensor has the shape of one example.
///
///     const auto norms = vmap([](const Tensor& v) { return sqrt(sum(v * v)); });
///     norms(x);  // of each row of x
///
/// Calls nest, with each other and with jvp, grad and all that is made of them, in any order: inside `function`, grad()
/// gives gradients of each example; gradients of the results, outside, flow into the inputs and into tensors that the
/// function closed over. Within `function`
/// - changes in place of a mapped tensor are changes of every example; of a tensor that is not mapped by one that is,
///   an AutogradError: there is one of it for all examples;
/// - item(), data(), to_vector() and printing of mapped tensors, and with them control flow that depends on their
///   values, are an AutogradError, as is Tensor::backward; use grad();
/// - random numbers are drawn as `randomness` says, with mapped arguments or without.
/// A mapped tensor is for this thread and ends with the call: it is an AutogradError to use one that was kept. On another
/// thread, where no vmap runs, it counts as its first example.
/// Results may share memory with inputs and with what the function closed over, and one that is the same for all examples
/// is a broadcast view, which cannot be changed in place.
/// A custom_op runs example by example, its forward function once more before.
/// @throws ValueError for an empty function. The function returned throws, before it calls `function`, ValueError where
/// the numbers of inputs and of in_axes differ, an input is undefined, nothing is mapped or there are no examples,
/// ShapeError where lengths of mapped axes differ, IndexError for an axis out of range; then, ValueError where the
/// numbers of outputs and of out_axes differ, an output is undefined, or one that differs between examples is to be
/// `unmapped`, IndexError for an axis out of range.
XTAPE_API std::function<std::vector<Tensor>(const std::vector<Tensor>&)> vmap(
    std::function<std::vector<Tensor>(const std::vector<Tensor>&)> function, VmapOptions options = {});
/// The same for a function of one tensor to one tensor.
XTAPE_API std::function<Tensor(const Tensor&)> vmap(std::function<Tensor(const Tensor&)> function,
                                                    VmapOptions options = {});

}  // namespace xtape
