#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/windows.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/cell_impl.hpp>
#include <xtape/layers/conv_lstm.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>

#include "layers/layer_fields.hpp"
#include "layers/recurrent_cell.hpp"
#include "layers/sequence_dropout.hpp"
#include "layers/spatial_ops.hpp"
#include "layers/steps.hpp"

namespace xtape::layers {

template <std::size_t axes>
struct ConvLSTMFields {
  int64_t filters = 0;
  Size<axes> kernel_size = 1;
  ConvLSTMOptions<axes> options = {};

  static std::string class_name() { return "ConvLSTM" + std::to_string(axes) + 'D'; }
  void fields(Fields& f) {
    f("filters", filters)("kernel_size", kernel_size);
    options.fields(f);
  }
  // @throws ValueError, naming the class of the layer.
  void check() const {
    const std::string name = class_name();
    check_recurrent_units(name, "filters", filters);
    detail::check_positive(name, "kernel_size", kernel_size);
    detail::check_positive(name, "strides", options.strides);
    detail::check_positive(name, "dilation_rate", options.dilation_rate);
    detail::is_same_padding(name, options.padding);
    const auto above_1 = [](int64_t number) { return number > 1; };
    if (std::any_of(options.strides.begin(), options.strides.end(), above_1) &&
        std::any_of(options.dilation_rate.begin(), options.dilation_rate.end(), above_1)) {
      throw ValueError(name + ": strides and dilation_rate cannot both be above 1, given " +
                       detail::list_text(options.strides) + " and " + detail::list_text(options.dilation_rate));
    }
    SequenceDropout::check(name, options.dropout, options.recurrent_dropout);
  }
};

// The cell of ConvLSTM, whose arguments it has; which of them concern sequences
// is the layer's affair.
template <std::size_t axes>
class ConvLSTMCellImpl : public FusedCellImpl {
  using Ops = SpatialOps<axes>;

 public:
  explicit ConvLSTMCellImpl(ConvLSTMFields<axes> given)
      : FusedCellImpl({"conv_lstm_cell", given.options.trainable, given.options.dtype}),
        given_(std::move(given)),
        dropout_(options().dropout, options().recurrent_dropout, options().seed),
        input_conv_{op_size(options().strides), options().padding, op_size(options().dilation_rate), 1} {
    recurrent_conv_.padding = "same";
  }

  void fields(Fields& f) override { given_.fields(f); }
  std::vector<detail::RandomStream*> random_streams() override { return dropout_.streams(); }

  void build(const Shape& input_shape) override {
    compute_output_shape(input_shape);
    kernel_ = add_weight("kernel", kernel_shape(input_shape.back()), options().kernel_initializer,
                         {.regularizer = options().kernel_regularizer, .constraint = options().kernel_constraint});
    recurrent_kernel_ =
        add_weight("recurrent_kernel", kernel_shape(given_.filters), options().recurrent_initializer,
                   {.regularizer = options().recurrent_regularizer, .constraint = options().recurrent_constraint});
    if (!options().use_bias) return;
    initializers::Initializer initializer = options().bias_initializer;
    if (initializer && options().unit_forget_bias) initializer = forget_bias(initializer, given_.filters);
    bias_ = add_weight("bias", {4 * given_.filters}, initializer,
                       {.regularizer = options().bias_regularizer, .constraint = options().bias_constraint});
  }

  std::vector<int64_t> state_size() const override { return {given_.filters, given_.filters}; }
  // With the lengths that the cell was built for.
  std::vector<Tensor> get_initial_state(int64_t batch_size) override {
    if (!built())
      throw ValueError(
          "get_initial_state: the cell is not built, which says "
          "how large states are",
          name());
    Shape shape = compute_output_shape(build_shape());
    shape[0] = batch_size;
    return {zeros(shape, dtype()), zeros(shape, dtype())};
  }
  std::vector<Shape> state_shapes(const Shape& input_shape) const override {
    return {output_shape_of(input_shape), output_shape_of(input_shape)};
  }
  Shape compute_output_shape(const Shape& input_shape) override { return output_shape_of(input_shape); }

  SequenceResult run_sequence(const Tensor& given, const SequenceOptions& how) override {
    const Tensor x = where_counted(given.astype(dtype()), how.mask);
    const Tensor images = images_of(x);
    Shape state_shape = images.shape();
    state_shape[0] = x.shape(0);
    state_shape.back() = given_.filters;
    const Tensor zero = zeros(state_shape, dtype());
    std::vector<Tensor> masks;
    for (int i = 0; i < 4; ++i) masks.push_back(dropout_.state_mask(state_shape, dtype(), training()));
    const auto& gate = options().recurrent_activation;
    const auto& activation = options().activation;
    return run_steps(part_steps(images, x.shape(0), x.shape(1)), initial_states(how.initial_state, {zero, zero}), how,
                     [&](const Tensor& input, const std::vector<Tensor>& states) {
                       const std::vector<Tensor> gates = split(input + recurrent(states[0], masks), 4, -1);
                       const Tensor cell = gate(gates[1]) * states[1] + gate(gates[0]) * activation(gates[2]);
                       const Tensor output = gate(gates[3]) * activation(cell);
                       return std::pair<Tensor, std::vector<Tensor>>{output, {output, cell}};
                     });
  }

 private:
  const ConvLSTMOptions<axes>& options() const { return given_.options; }

  // What the kernel makes of the inputs of all steps, in one convolution where the gates do not drop others.
  Tensor images_of(const Tensor& x) {
    if (!training() || options().dropout == 0) {
      return Ops::conv(join_steps(x), kernel_, bias_, "linear", input_conv_);
    }
    const std::vector<Tensor> kernels = split(kernel_, 4, -1);
    const std::vector<Tensor> biases = bias_.defined() ? split(bias_, 4) : std::vector<Tensor>(4);
    std::vector<Tensor> gates;
    for (std::size_t i = 0; i < 4; ++i) {
      const Tensor images = join_steps(dropout_.inputs(x, true));
      gates.push_back(Ops::conv(images, kernels[i], biases[i], "linear", input_conv_));
    }
    return concatenate(gates, -1);
  }
  // What the recurrent kernel makes of the hidden state, of which each gate may drop parts of its own.
  Tensor recurrent(const Tensor& hidden, const std::vector<Tensor>& masks) const {
    if (!masks[0].defined()) return Ops::conv(hidden, recurrent_kernel_, {}, "linear", recurrent_conv_);
    const std::vector<Tensor> kernels = split(recurrent_kernel_, 4, -1);
    std::vector<Tensor> gates;
    for (std::size_t i = 0; i < 4; ++i) {
      gates.push_back(Ops::conv(hidden * masks[i], kernels[i], {}, "linear", recurrent_conv_));
    }
    return concatenate(gates, -1);
  }

  Shape kernel_shape(int64_t channels) const {
    Shape shape(given_.kernel_size.begin(), given_.kernel_size.end());
    shape.push_back(channels);
    shape.push_back(4 * given_.filters);
    return shape;
  }
  Shape output_shape_of(const Shape& input_shape) const {
    return detail::window_output_shape(input_shape, given_.kernel_size, options().strides, options().dilation_rate,
                                       options().padding, given_.filters);
  }

  ConvLSTMFields<axes> given_;
  SequenceDropout dropout_;
  const typename Ops::ConvOptions input_conv_;
  typename Ops::ConvOptions recurrent_conv_;
  Tensor kernel_;
  Tensor recurrent_kernel_;
  Tensor bias_;
};

}  // namespace xtape::layers
