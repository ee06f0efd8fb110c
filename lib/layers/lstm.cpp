#include <xtape/layers/lstm.hpp>
#include <xtape/layers/lstm_cell.hpp>

#include "layers/over_cell.hpp"

namespace xtape::layers {
namespace {

class LSTMImpl : public OverCellImpl<LSTM, LSTMOptions, LSTMCell, LSTMCellOptions> {
 public:
  explicit LSTMImpl(RecurrentFields<LSTMOptions> given) : OverCellImpl("LSTM", "lstm_cell", std::move(given)) {}
};

template <class T>
std::array<T, 3> listed(const std::pair<T, std::vector<T>>& result) {
  return {result.first, result.second[0], result.second[1]};
}

}  // namespace

void LSTMOptions::fields(Fields& f) {
  over_cell_fields(f, *this);
  f.accept("use_cudnn", "auto");
}

LSTM::LSTM(Count units, LSTMOptions options)
    : RNN(make_layer<LSTMImpl>(RecurrentFields<LSTMOptions>{units, std::move(options)})) {}

std::array<Tensor, 3> LSTM::with_state(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}
std::array<Symbol, 3> LSTM::with_state(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}

LSTM LSTM::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<LSTMOptions>>(config, "LSTM");
  return LSTM(given.units, std::move(given.options));
}

}  // namespace xtape::layers
