#include "saving/models.hpp"

#include <cstring>

namespace xtape::test {

using namespace layers;

std::vector<Example> examples() {
  std::vector<Example> all;
  const auto add = [&](const std::string& name, const Model& model, const std::vector<Tensor>& x) {
    all.push_back({name, model, x});
  };
  add("dense", Sequential{InputLayer({4}), Dense(3, {.activation = "tanh"}), Dropout(0.5), Dense(2)}, {randn({5, 4})});
  add("convolutions",
      Sequential{InputLayer({8, 8, 2}), Conv2D(3, 3), BatchNormalization(), MaxPooling2D(), SeparableConv2D(4, 2),
                 DepthwiseConv2D(2), Flatten(), Dense(2)},
      {randn({2, 8, 8, 2})});
  add("recurrent",
      Sequential{InputLayer({5, 3}), LSTM(4, {.return_sequences = true}), GRU(3, {.return_sequences = true}),
                 Bidirectional(LSTM(2, {.return_sequences = true})),
                 RNN(StackedRNNCells({LSTMCell(3), LSTMCell(2), GRUCell(2)}), {.return_sequences = true}),
                 TimeDistributed(Dense(3)), SimpleRNN(2)},
      {randn({2, 5, 3})});
  add("embedding",
      Sequential{InputLayer({6}, {.dtype = int32}), Embedding(12, 4, {.mask_zero = true}),
                 LSTM(3, {.return_sequences = true}), GlobalAveragePooling1D(), Dense(1)},
      {randint(0, 12, {4, 6}, int32)});
  {
    const Symbol tokens = Input({4, 6}, {.name = "tokens"});
    const Symbol attended = MultiHeadAttention(2, 3)({tokens, tokens});
    const Symbol grouped = GroupQueryAttention(4, 4, 2)({attended, attended});
    const Symbol y = LayerNormalization()(tokens + grouped);
    add("attention", Model({tokens}, {Dense(2)(GlobalAveragePooling1D()(y))}), {randn({3, 4, 6})});
  }
  {
    const Symbol left = Input({4}, {.name = "left"}), right = Input({4}, {.name = "right"});
    const Sequential tower({InputLayer({4}), Dense(5), BatchNormalization()}, {.name = "tower"});
    const Dense shared(3);
    const Symbol joined =
        layers::concatenate(std::vector<Symbol>{tower(left), tower(right), shared(left), shared(right)});
    add("shared", Model({left, right}, {Dense(1, {.name = "price"})(joined), Dense(2, {.name = "kind"})(joined)}),
        {randn({3, 4}), randn({3, 4})});
  }
  add("normalized",
      Sequential{InputLayer({6, 6, 4}), SpectralNormalization(Conv2D(4, 3)), GroupNormalization({.groups = 2}), PReLU(),
                 UnitNormalization(), Flatten(), Dense(2)},
      {randn({2, 6, 6, 4})});
  return all;
}

bool same(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  return std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
}

bool same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace xtape::test
