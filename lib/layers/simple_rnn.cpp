#include <xtape/layers/simple_rnn.hpp>
#include <xtape/layers/simple_rnn_cell.hpp>

#include "layers/over_cell.hpp"

namespace xtape::layers {
namespace {

class SimpleRNNImpl : public OverCellImpl<SimpleRNN, SimpleRNNOptions, SimpleRNNCell, SimpleRNNCellOptions> {
 public:
  explicit SimpleRNNImpl(RecurrentFields<SimpleRNNOptions> given)
      : OverCellImpl("SimpleRNN", "simple_rnn_cell", std::move(given)) {}
};

template <class T>
std::array<T, 2> listed(const std::pair<T, std::vector<T>>& result) {
  return {result.first, result.second[0]};
}

}  // namespace

void SimpleRNNOptions::fields(Fields& f) { over_cell_fields(f, *this); }

SimpleRNN::SimpleRNN(Count units, SimpleRNNOptions options)
    : RNN(make_layer<SimpleRNNImpl>(RecurrentFields<SimpleRNNOptions>{units, std::move(options)})) {}

std::array<Tensor, 2> SimpleRNN::with_state(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}
std::array<Symbol, 2> SimpleRNN::with_state(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}

SimpleRNN SimpleRNN::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<SimpleRNNOptions>>(config, "SimpleRNN");
  return SimpleRNN(given.units, std::move(given.options));
}

}  // namespace xtape::layers
