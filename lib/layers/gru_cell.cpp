#include <xtape/layers/gru_cell.hpp>
#include <xtape/ops/activations.hpp>
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
    auto given = op_options<GruOptions>(x, how);
    given.activation = function_of(options().activation, tanh);
    given.recurrent_activation = function_of(options().recurrent_activation, sigmoid);
    given.reset_after = options().reset_after;
    const GruResult all = gru(inputs_of(x), kernel_, recurrent_kernel_, bias_, state_of(how, 0), given);
    SequenceResult result{outputs_of(all, x, how), {}};
    if (how.return_state) result.states = {all.hidden};
    return result;
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
