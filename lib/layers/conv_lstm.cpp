#include <xtape/layers/conv_lstm.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/conv_lstm_cell.hpp"
#include "layers/recurrent.hpp"

namespace xtape::layers {
namespace {

// The handle of a cell that is no class of its own.
class MadeCell : public Cell {
 public:
  explicit MadeCell(detail::Reference<LayerImpl> impl) : Cell(std::move(impl)) {}
};

template <std::size_t axes>
class ConvLSTMImpl : public RecurrentImpl {
 public:
  explicit ConvLSTMImpl(ConvLSTMFields<axes> given)
      : RecurrentImpl(layer_options(given.options), recurrent_settings(given.options),
                      [&] {
                        given.check();
                        return MadeCell(make_layer<ConvLSTMCellImpl<axes>>(given));
                      }),
        given_(std::move(given)) {}

  void fields(Fields& f) override { given_.fields(f); }
  std::string class_name() const override { return ConvLSTMFields<axes>::class_name(); }

  Layer copy(const std::string& name, bool go_backwards) const override {
    ConvLSTMOptions<axes> options = given_.options;
    options.name = name;
    options.trainable = trainable();
    options.go_backwards = go_backwards;
    return ConvLSTM<axes>(given_.filters, given_.kernel_size, std::move(options));
  }

 protected:
  void check_sequences(const Shape& input_shape) const override {
    if (input_shape.rank() != static_cast<int>(axes) + 3) {
      throw ShapeError("expected inputs [batch, time, " + detail::spatial_axes(axes).substr(8) + ", given " +
                       input_shape.str() + question_of_steps(input_shape, static_cast<int>(axes) + 3));
    }
    if (input_shape.back() < 1) throw ShapeError("the number of channels must be known, given " + input_shape.str());
  }

 private:
  ConvLSTMFields<axes> given_;
};

template <class T>
std::array<T, 3> listed(const std::pair<T, std::vector<T>>& result) {
  return {result.first, result.second[0], result.second[1]};
}

}  // namespace

template <std::size_t axes>
void ConvLSTMOptions<axes>::fields(Fields& f) {
  cell_fields(f, *this);
  f("strides", strides)("padding", padding)("dilation_rate", dilation_rate);
  f("activity_regularizer", activity_regularizer);
  recurrent_fields(f, *this);
  f.accept("data_format", "channels_last");
}

template <std::size_t axes>
ConvLSTM<axes>::ConvLSTM(Count filters, Size<axes> kernel_size, ConvLSTMOptions<axes> options)
    : RNN(make_layer<ConvLSTMImpl<axes>>(ConvLSTMFields<axes>{filters, kernel_size, std::move(options)})) {}

template <std::size_t axes>
std::array<Tensor, 3> ConvLSTM<axes>::with_state(const Tensor& x, const RNNArguments<Tensor>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}
template <std::size_t axes>
std::array<Symbol, 3> ConvLSTM<axes>::with_state(const Symbol& x, const RNNArguments<Symbol>& arguments) const {
  return listed(RNN::with_state(x, arguments));
}

template <std::size_t axes>
ConvLSTM<axes> ConvLSTM<axes>::from_config(const Config& config) {
  auto given = read_fields<ConvLSTMFields<axes>>(config, ConvLSTMFields<axes>::class_name());
  return ConvLSTM(given.filters, given.kernel_size, std::move(given.options));
}

template struct ConvLSTMOptions<1>;
template struct ConvLSTMOptions<2>;
template struct ConvLSTMOptions<3>;
template class ConvLSTM<1>;
template class ConvLSTM<2>;
template class ConvLSTM<3>;

}  // namespace xtape::layers
