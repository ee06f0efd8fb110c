#pragma once

#include <string>
#include <utility>
#include <xtape/error.hpp>

#include "layers/recurrent.hpp"
#include "layers/recurrent_cell.hpp"

namespace xtape::layers {

// @throws ShapeError unless inputs are [batch, time, in] with a known `in`.
void check_feature_sequences(const Shape& input_shape);

// SimpleRNN, LSTM and GRU: what an RNN of their cell does. `Made` and `MadeCell` are the handles.
template <class Made, class Options, class MadeCell, class CellOptions>
class OverCellImpl : public RecurrentImpl {
 public:
  OverCellImpl(const char* class_name, const char* cell_name, RecurrentFields<Options> given)
      : RecurrentImpl(layer_options(given.options), recurrent_settings(given.options),
                      [&] {
                        check_arguments_of(class_name, given);
                        return MadeCell(given.units, cell_options<CellOptions>(given.options, cell_name));
                      }),
        given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }

  Layer copy(const std::string& name, bool go_backwards) const override {
    Options options = given_.options;
    options.name = name;
    options.trainable = trainable();
    options.go_backwards = go_backwards;
    return Made(given_.units, std::move(options));
  }

 protected:
  void check_sequences(const Shape& input_shape) const override { check_feature_sequences(input_shape); }

 private:
  RecurrentFields<Options> given_;
};

// The fields of such a layer.
template <class Options>
void over_cell_fields(Fields& f, Options& options) {
  cell_fields(f, options);
  f("activity_regularizer", options.activity_regularizer);
  recurrent_fields(f, options);
}

}  // namespace xtape::layers
