#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/layers/cell.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_impl.hpp>

namespace xtape::layers {

/// How a cell goes through a sequence.
struct SequenceOptions {
  /// The states to begin with; default: get_initial_state. An undefined one among them is that of get_initial_state.
  std::vector<Tensor> initial_state = {};
  /// Which steps count, [batch, time], bool; all where undefined. A step that does not count leaves the states as they
  /// are, and its output is that of the step before it, or zeros where there is none.
  Tensor mask = {};
  /// Outputs of zeros for steps that do not count.
  bool zero_output_for_mask = false;
  /// From the last step to the first; outputs are in the order in which they are computed.
  bool go_backwards = false;
  /// Whether the outputs of all steps are wanted, or that of the last one.
  bool return_sequences = false;
  /// Whether the last states are wanted.
  bool return_state = false;
};

/// What a cell makes of a sequence.
struct SequenceResult {
  /// [batch, time, ...], or [batch, ...] of the last step.
  Tensor outputs;
  /// Empty where they are not wanted.
  std::vector<Tensor> states;
};

/// What a cell does. One of one's own derives from it, and is used through a handle:
/// ```
/// struct MinimalCellImpl : layers::CellImpl {
///   int64_t units;
///   Tensor kernel, recurrent_kernel;
///   explicit MinimalCellImpl(int64_t units) : units(units) {}
///   std::vector<int64_t> state_size() const override { return {units}; }
///   void build(const Shape& input_shape) override {
///     kernel = add_weight("kernel", {input_shape.back(), units});
///     recurrent_kernel = add_weight("recurrent_kernel", {units, units}, "orthogonal");
///   }
///   std::pair<Tensor, std::vector<Tensor>> call(const Tensor& x, const std::vector<Tensor>& states) override {
///     const Tensor h = matmul(x, kernel) + matmul(states[0], recurrent_kernel);
///     return {h, {h}};
///   }
/// };
/// using MinimalCell = Handle<MinimalCellImpl>;
///
/// layers::RNN rnn(MinimalCell(32));
/// ```
class XTAPE_API CellImpl : public LayerImpl {
 public:
  using HandleBase = Cell;

  /// One step: x [batch, ...] and the states -> the output and the new states, as many as before and of their shapes.
  virtual std::pair<Tensor, std::vector<Tensor>> call(const Tensor& x, const std::vector<Tensor>& states);
  /// The lengths of the states, each of which is [batch, length].
  virtual std::vector<int64_t> state_size() const;
  /// The last length of the output. By default that of the first state.
  virtual int64_t output_size() const { return state_size().front(); }
  /// The states that sequences begin with. By default zeros of the layer's type.
  virtual std::vector<Tensor> get_initial_state(int64_t batch_size);
  /// All steps of x [batch, time, ...]. By default one call after the other; to be overridden by a cell that knows a
  /// faster way to the same results. @throws ValueError, by default, if `call` returns an undefined tensor or another
  /// number of states, ShapeError for a state of another shape.
  virtual SequenceResult run_sequence(const Tensor& x, const SequenceOptions& options);
  /// The shapes of the states for inputs of that shape, [batch, ...]. By default [batch, length] each.
  virtual std::vector<Shape> state_shapes(const Shape& input_shape) const;

  /// How many states there are.
  virtual std::size_t state_count() const { return state_size().size(); }
  /// That of the output of one step.
  Shape compute_output_shape(const Shape& input_shape) override { return {input_shape[0], output_size()}; }
  std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments) override;
  /// x and the states -> the output and the new states.
  std::vector<Tensor> run(const Arguments<Tensor>& arguments) override;

  template <class Impl>
  void made_as() {
    static_assert(!inherits(&Impl::call, &CellImpl::call),
                  "the cell has no `call`: write `std::pair<Tensor, std::vector<Tensor>> call(const Tensor& x, const "
                  "std::vector<Tensor>& states) override`, from an input and states to the output and the new states");
    static_assert(!inherits(&Impl::state_size, &CellImpl::state_size),
                  "the cell has no `state_size`: write `std::vector<int64_t> state_size() const override`, the length "
                  "of each of its states");
  }

 protected:
  explicit CellImpl(LayerOptions options = {}) : LayerImpl(std::move(options)) {}

  void check_arguments(const Arguments<Tensor>& arguments) const override;

 private:
  // Whether a class has a member function as its base has it.
  template <class Own, class Inherited>
  static constexpr bool inherits(Own, Inherited) {
    return std::is_same_v<Own, Inherited>;
  }
};

}  // namespace xtape::layers
