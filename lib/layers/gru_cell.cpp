#include <xtape/layers/gru_cell.hpp>
#include <xtape/ops/activations.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/recurrent.hpp>

#include "layers/recurrent_cell.hpp"

namespace xtape::layers {
namespace {

class GRUCellImpl : public RecurrentCellImpl<GRUCellOptions> {
 public:
  explicit GRUCellImpl(RecurrentFields<GRUCellOptions> given) : RecurrentCellImpl("GRUCell", std::move(given)) {}

  void build(const Shape& input_shape) override {
    build_kernels(input_shape, 3);
    if (!options().use_bias) return;
    build_bias(options().reset_after ? Shape{2, 3 * units()} : Shape{3 * units()}, options().bias_initializer);
  }

  SequenceResult run_sequence(const Tensor& x, const SequenceOptions& how) override {
    if (drops_by_gate()) return run_by_gate(x, how);
    auto given = op_options<GruOptions>(x, how);
    given.activation = function_of(options().activation, tanh);
    given.recurrent_activation = function_of(options().recurrent_activation, sigmoid);
    given.reset_after = options().reset_after;
    const GruResult all = gru(inputs_of(x), kernel_, recurrent_kernel_, bias_, state_of(how, 0), given);
    SequenceResult result{outputs_of(all, x, how), {}};
    if (how.return_state) result.states = {all.hidden};
    return result;
  }

 private:
  SequenceResult run_by_gate(const Tensor& given, const SequenceOptions& how) {
    const bool reset_after = options().reset_after, two_biases = reset_after && bias_.defined();
    const Tensor x = inputs_by_gate(given, how, 3, two_biases ? bias_[0] : bias_);
    const std::vector<Tensor> masks = state_masks(x.shape(0), 3), kernels = split(recurrent_kernel_, 3, -1);
    const std::vector<Tensor> biases = two_biases ? split(bias_[1], 3) : std::vector<Tensor>(3);
    const auto& gate = options().recurrent_activation;
    const auto recurrent = [&](const Tensor& state, std::size_t i) {
      const Tensor product = matmul(state, kernels[i]);
      return biases[i].defined() ? product + biases[i] : product;
    };
    return run_steps(x, initial_states(how.initial_state, {zeros({x.shape(0), units()}, dtype())}), how,
                     [&](const Tensor& input, const std::vector<Tensor>& states) {
                       const Tensor& h = states[0];
                       const std::vector<Tensor> inputs = split(input, 3, -1);
                       const Tensor z = gate(inputs[0] + recurrent(dropped(h, masks[0]), 0));
                       const Tensor r = gate(inputs[1] + recurrent(dropped(h, masks[1]), 1));
                       const Tensor kept = dropped(h, masks[2]);
                       const Tensor reset = reset_after ? r * recurrent(kept, 2) : recurrent(r * kept, 2);
                       const Tensor output = z * h + (1 - z) * options().activation(inputs[2] + reset);
                       return std::pair<Tensor, std::vector<Tensor>>{output, {output}};
                     });
  }
};

}  // namespace

void GRUCellOptions::fields(Fields& f) { cell_fields(f, *this); }

GRUCell::GRUCell(Count units, GRUCellOptions options)
    : Cell(make_layer<GRUCellImpl>(RecurrentFields<GRUCellOptions>{units, std::move(options)})) {}

GRUCell GRUCell::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<GRUCellOptions>>(config, "GRUCell");
  return GRUCell(given.units, std::move(given.options));
}

}  // namespace xtape::layers
