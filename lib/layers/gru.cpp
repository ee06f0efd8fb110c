#include <xtape/layers/gru.hpp>
#include <xtape/layers/gru_cell.hpp>

#include "layers/over_cell.hpp"

namespace xtape::layers {
namespace {

class GRUImpl : public OverCellImpl<GRU, GRUOptions, GRUCell, GRUCellOptions> {
 public:
  explicit GRUImpl(RecurrentFields<GRUOptions> given) : OverCellImpl("GRU", "gru_cell", std::move(given)) {}
};

template <class T>
std::array<T, 2> listed(const std::pair<T, std::vector<T>>& result) {
  return {result.first, result.second[0]};
}

}  // namespace

void GRUOptions::fields(Fields& f) {
  over_cell_fields(f, *this);
  f.accept("use_cudnn", "auto");
}

GRU::GRU(Count units, GRUOptions options)
    : RNN(make_layer<GRUImpl>(RecurrentFields<GRUOptions>{units, std::move(options)})) {}

std::array<Tensor, 2> GRU::with_state(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}
std::array<Symbol, 2> GRU::with_state(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}

GRU GRU::from_config(const Config& config) {
  auto given = read_fields<RecurrentFields<GRUOptions>>(config, "GRU");
  return GRU(given.units, std::move(given.options));
}

}  // namespace xtape::layers
