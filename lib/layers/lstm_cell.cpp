#include <xtape/layers/lstm_cell.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/recurrent.hpp>

#include "layers/recurrent_cell.hpp"

namespace xtape::layers {
namespace {

class LSTMCellImpl : public RecurrentCellImpl<LSTMCellOptions> {
 public:
  explicit LSTMCellImpl(RecurrentFields<LSTMCellOptions> given) : RecurrentCellImpl("LSTMCell", std::move(given)) {}

  std::vector<int64_t> state_size() const override { return {units(), units()}; }

  void build(const Shape& input_shape) override {
    build_kernels(input_shape, 4);
    if (!options().use_bias) return;
    initializers::Initializer initializer = options().bias_initializer;
    if (initializer && options().unit_forget_bias) initializer = forget_bias(initializer, units());
    build_bias({4 * units()}, initializer);
  }

  SequenceResult run_sequence(const Tensor& x, const SequenceOptions& how) override {
    if (drops_by_gate()) return run_by_gate(x, how);
    auto given = op_options<LstmOptions>(x, how);
    given.activation = function_of(options().activation, tanh);
    given.recurrent_activation = function_of(options().recurrent_activation, sigmoid);
    const LstmResult all =
        lstm(inputs_of(x), kernel_, recurrent_kernel_, bias_, state_of(how, 0), state_of(how, 1), given);
    SequenceResult result{outputs_of(all, x, how), {}};
    if (how.return_state) result.states = {all.hidden, all.cell};
    return result;
  }

 private:
  SequenceResult run_by_gate(const Tensor& given, const SequenceOptions& how) {
    const Tensor x = inputs_by_gate(given, how, 4, bias_), zero = zeros({x.shape(0), units()}, dtype());
    const std::vector<Tensor> masks = state_masks(x.shape(0), 4), kernels = split(recurrent_kernel_, 4, -1);
    const auto& gate = options().recurrent_activation;
    const auto& activation = options().activation;
    return run_steps(x, initial_states(how.initial_state, {zero, zero}), how,
                     [&](const Tensor& input, const std::vector<Tensor>& states) {
                       std::vector<Tensor> gates = split(input, 4, -1);
                       for (std::size_t i = 0; i < 4; ++i) {
                         gates[i] = gates[i] + matmul(dropped(states[0], masks[i]), kernels[i]);
                       }
                       const Tensor cell = gate(gates[1]) * states[1] + gate(gates[0]) * activation(gates[2]);
                       const Tensor output = gate(gates[3]) * activation(cell);
                       return std::pair<Tensor, std::vector<Tensor>>{output, {output, cell}};
                     });
  }
};

}  // namespace

void LSTMCellOptions::fields(Fields& f) { cell_fields(f, *this); }

LSTMCell::LSTMCell(Count units, LSTMCellOptions options)
    : Cell(make_layer<LSTMCellImpl>(RecurrentFields<LSTMCellOptions>{units, std::move(options)})) {}

LSTMCell LSTMCell::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<LSTMCellOptions>>(config, "LSTMCell");
  return LSTMCell(given.units, std::move(given.options));
}

}  // namespace xtape::layers
