#include <xtape/layers/lstm_cell.hpp>
#include <xtape/ops/activations.hpp>
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
    auto given = op_options<LstmOptions>(x, how);
    given.activation = function_of(options().activation, tanh);
    given.recurrent_activation = function_of(options().recurrent_activation, sigmoid);
    const LstmResult all =
        lstm(inputs_of(x), kernel_, recurrent_kernel_, bias_, state_of(how, 0), state_of(how, 1), given);
    SequenceResult result{outputs_of(all, x, how), {}};
    if (how.return_state) result.states = {all.hidden, all.cell};
    return result;
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
