#include <xtape/layers/simple_rnn_cell.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/recurrent.hpp>

#include "layers/recurrent_cell.hpp"

namespace xtape::layers {
namespace {

class SimpleRNNCellImpl : public RecurrentCellImpl<SimpleRNNCellOptions> {
 public:
  explicit SimpleRNNCellImpl(RecurrentFields<SimpleRNNCellOptions> given)
      : RecurrentCellImpl("SimpleRNNCell", std::move(given)) {}

  void build(const Shape& input_shape) override {
    build_kernels(input_shape, 1);
    if (options().use_bias) build_bias({units()}, options().bias_initializer);
  }

  SequenceResult run_sequence(const Tensor& x, const SequenceOptions& how) override {
    auto given = op_options<SimpleRnnOptions>(x, how);
    given.activation = function_of(options().activation, tanh);
    const SimpleRnnResult all = simple_rnn(inputs_of(x), kernel_, recurrent_kernel_, bias_, state_of(how, 0), given);
    SequenceResult result{outputs_of(all, x, how), {}};
    if (how.return_state) result.states = {all.hidden};
    return result;
  }
};

}  // namespace

void SimpleRNNCellOptions::fields(Fields& f) { cell_fields(f, *this); }

SimpleRNNCell::SimpleRNNCell(Count units, SimpleRNNCellOptions options)
    : Cell(make_layer<SimpleRNNCellImpl>(RecurrentFields<SimpleRNNCellOptions>{units, std::move(options)})) {}

SimpleRNNCell SimpleRNNCell::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<SimpleRNNCellOptions>>(config, "SimpleRNNCell");
  return SimpleRNNCell(given.units, std::move(given.options));
}

}  // namespace xtape::layers
