#include <xtape/layers/registry.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>

#include "layers/layer_fields.hpp"
#include "layers/recurrent.hpp"

namespace xtape::layers {
namespace {

LayerOptions options_of(const RNNOptions& given, const Cell& cell) {
  return {given.name, given.trainable, cell.dtype(), given.input_shape};
}

class RNNImpl : public RecurrentImpl {
 public:
  RNNImpl(const Cell& cell, RNNOptions given)
      : RecurrentImpl(options_of(given, cell), recurrent_settings(given), [&] { return cell; }),
        given_(std::move(given)) {}

  void fields(Fields& f) override {
    given_.fields(f);
    Config config = serialize(cell());
    f("cell", config);
  }

  Layer copy(const std::string& name, bool go_backwards) const override {
    RNNOptions options = given_;
    options.name = name;
    options.trainable = trainable();
    options.go_backwards = go_backwards;
    return RNN(Cell(clone(Layer(cell()))), std::move(options));
  }

 private:
  RNNOptions given_;
};

}  // namespace

void RNNOptions::fields(Fields& f) {
  f("name", name)("trainable", trainable);
  recurrent_fields(f, *this);
}

RNN::RNN(const Cell& cell, RNNOptions options) : Layer(make_layer<RNNImpl>(cell, std::move(options))) {}

RNN::RNN(const std::vector<Cell>& cells, RNNOptions options) : RNN(StackedRNNCells(cells), std::move(options)) {}

}  // namespace xtape::layers
