#include <map>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "layers/registered.hpp"
#include "support/sample_tensors.hpp"

// Derivatives of first and second order, in both modes, of each layer of the registry. With masks, and with dropout in
// recurrent layers, they are checked beside the layers.

using namespace xtape;
using layers::Layer;

namespace {

struct Row {
  Layer layer;
  // Those that are floating are checked, as are all trainable weights.
  std::vector<Tensor> inputs;
  bool training = false;
};

// Inputs of shapes, away from kinks at 0.
std::vector<Tensor> in(const std::vector<Shape>& shapes) {
  std::vector<Tensor> inputs;
  for (const Shape& shape : shapes) inputs.push_back(test::sample(shape, {-1.5, 1.5, {0}}, 1 + inputs.size()));
  return inputs;
}

std::vector<Row> rows_of_pooling_and_reshaping() {
  using namespace layers;
  return {
      {AdaptiveAveragePooling1D(3, {.dtype = float64}), in({{2, 7, 2}})},
      {AdaptiveAveragePooling2D({2, 3}, {.dtype = float64}), in({{1, 5, 4, 2}})},
      {AdaptiveAveragePooling3D({2, 1, 2}, {.dtype = float64}), in({{1, 3, 2, 3, 2}})},
      {AdaptiveMaxPooling1D(3, {.dtype = float64}), in({{2, 7, 2}})},
      {AdaptiveMaxPooling2D({2, 3}, {.dtype = float64}), in({{1, 5, 4, 2}})},
      {AdaptiveMaxPooling3D({2, 1, 2}, {.dtype = float64}), in({{1, 3, 2, 3, 2}})},
      {AveragePooling1D(2, {.padding = "same", .dtype = float64}), in({{2, 5, 2}})},
      {AveragePooling2D({2, 3}, {.strides = Size<2>(1, 2), .padding = "same", .dtype = float64}), in({{1, 3, 4, 2}})},
      {AveragePooling3D(2, {.strides = 1, .dtype = float64}), in({{1, 2, 3, 3, 1}})},
      {Cropping1D({0, 2}, {.dtype = float64}), in({{2, 4, 2}})},
      {Cropping2D({{1, 0}, {0, 2}}, {.dtype = float64}), in({{1, 3, 4, 2}})},
      {Cropping3D(1, {.dtype = float64}), in({{1, 3, 4, 3, 2}})},
      {Flatten({.dtype = float64}), in({{2, 3, 2}})},
      {GlobalAveragePooling1D({.dtype = float64}), in({{2, 3, 2}})},
      {GlobalAveragePooling2D({.keepdims = true, .dtype = float64}), in({{2, 3, 2, 2}})},
      {GlobalAveragePooling3D({.dtype = float64}), in({{2, 2, 2, 2, 2}})},
      {GlobalMaxPooling1D({.dtype = float64}), in({{2, 3, 2}})},
      {GlobalMaxPooling2D({.dtype = float64}), in({{2, 3, 2, 2}})},
      {GlobalMaxPooling3D({.keepdims = true, .dtype = float64}), in({{1, 2, 2, 3, 2}})},
      {MaxPooling1D(3, {.strides = 2, .padding = "same", .dtype = float64}), in({{2, 6, 2}})},
      {MaxPooling2D({2, 3}, {.strides = Size<2>(1, 2), .padding = "same", .dtype = float64}), in({{1, 3, 4, 2}})},
      {MaxPooling3D(2, {.dtype = float64}), in({{1, 2, 3, 4, 2}})},
      {Permute({2, 1}, {.dtype = float64}), in({{2, 3, 2}})},
      {RepeatVector(3, {.dtype = float64}), in({{2, 3}})},
      {Reshape({-1, 2}, {.dtype = float64}), in({{2, 4}})},
      {UpSampling1D(3, {.dtype = float64}), in({{2, 2, 2}})},
      {UpSampling2D({2, 3}, {.dtype = float64}), in({{1, 2, 2, 2}})},
      {UpSampling2D({2, 3}, {.interpolation = "bicubic", .dtype = float64}), in({{1, 2, 3, 2}})},
      {UpSampling3D(2, {.dtype = float64}), in({{1, 1, 2, 2, 1}})},
      {ZeroPadding1D({2, 0}, {.dtype = float64}), in({{2, 3, 2}})},
      {ZeroPadding2D({{1, 0}, {0, 2}}, {.dtype = float64}), in({{1, 2, 2, 2}})},
      {ZeroPadding3D({1, 0, 1}, {.dtype = float64}), in({{1, 2, 1, 2, 2}})},
  };
}

std::vector<Row> rows_of_convolution() {
  using namespace layers;
  return {
      {Conv1D(2, 3, {.padding = "causal", .dilation_rate = 2, .activation = "tanh", .dtype = float64}),
       in({{2, 6, 2}})},
      {Conv1DTranspose(2, 3, {.strides = 2, .activation = "softplus", .dtype = float64}), in({{2, 3, 2}})},
      {Conv2D(2, {2, 3}, {.strides = {1, 2}, .padding = "same", .activation = "tanh", .dtype = float64}),
       in({{1, 3, 4, 2}})},
      {Conv2D(4, 2, {.groups = 2, .use_bias = false, .dtype = float64}), in({{1, 3, 3, 2}})},
      {Conv2DTranspose(2, {2, 3}, {.strides = 2, .padding = "same", .dtype = float64}), in({{1, 2, 3, 2}})},
      {Conv3D(2, 2, {.strides = {1, 2, 1}, .activation = "sigmoid", .dtype = float64}), in({{1, 3, 3, 2, 2}})},
      {Conv3DTranspose(1, 2, {.strides = 2, .output_padding = 1, .dtype = float64}), in({{1, 2, 1, 2, 2}})},
      {DepthwiseConv1D(3, {.padding = "same", .depth_multiplier = 2, .dtype = float64}), in({{2, 5, 2}})},
      {DepthwiseConv2D({2, 3}, {.padding = "same", .depth_multiplier = 2, .activation = "tanh", .dtype = float64}),
       in({{1, 3, 3, 2}})},
      {SeparableConv1D(2, 2, {.depth_multiplier = 2, .activation = "tanh", .dtype = float64}), in({{2, 4, 2}})},
      {SeparableConv2D(2, 2, {.dtype = float64}), in({{1, 3, 3, 2}})},
  };
}

std::vector<Row> rows_of_steps() {
  using namespace layers;
  const std::vector<Tensor> sequences = in({{2, 3, 2}});
  return {
      {Bidirectional(GRU(2, {.return_sequences = true, .dtype = float64}), {.merge_mode = "mul"}), sequences},
      {Bidirectional(LSTM(2, {.dtype = float64}),
                     {.backward_layer = SimpleRNN(1, {.go_backwards = true, .dtype = float64})}),
       sequences},
      {ConvLSTM1D(1, 2, {.padding = "same", .return_sequences = true, .dtype = float64}), in({{1, 2, 3, 2}})},
      {ConvLSTM2D(1, 2, {.return_sequences = true, .dtype = float64}), in({{1, 2, 3, 3, 1}})},
      {ConvLSTM3D(1, {1, 2, 1}, {.strides = {2, 1, 1}, .go_backwards = true, .dtype = float64}),
       in({{1, 2, 2, 2, 2, 1}})},
      {GRU(2, {.reset_after = false, .dtype = float64}), sequences},
      {GRU(2, {.return_sequences = true, .return_state = true, .dtype = float64}), sequences},
      {GRUCell(2, {.dtype = float64}), in({{2, 3}, {2, 2}})},
      {GRUCell(2, {.reset_after = false, .dtype = float64}), in({{2, 3}, {2, 2}})},
      {LSTM(2, {.return_sequences = true, .return_state = true, .dtype = float64}), sequences},
      {LSTMCell(2, {.dtype = float64}), in({{2, 3}, {2, 2}, {2, 2}})},
      {RNN(LSTMCell(2, {.dtype = float64}), {.return_state = true}), sequences},
      {SimpleRNN(2, {.return_sequences = true, .go_backwards = true, .dtype = float64}), sequences},
      {SimpleRNNCell(2, {.dtype = float64}), in({{2, 3}, {2, 2}})},
      {StackedRNNCells({LSTMCell(1, {.dtype = float64}), GRUCell(2, {.dtype = float64})}),
       in({{2, 2}, {2, 1}, {2, 1}, {2, 2}})},
      {TimeDistributed(Dense(2, {.activation = "tanh", .dtype = float64})), sequences},
      {TimeDistributed(LayerNormalization({.dtype = float64})), in({{2, 2, 3}})},
  };
}

std::vector<Row> rows_of_joining_and_attention() {
  using namespace layers;
  // The bias of keys, which all scores share, has no gradient: those without are checked.
  const std::vector<Tensor> query_and_value = in({{2, 2, 2}, {2, 3, 2}});
  const std::vector<Tensor> with_key = in({{2, 2, 2}, {2, 3, 3}, {2, 3, 2}});
  return {
      {Add({.dtype = float64}), in({{2, 3, 2}, {2, 2}, {2, 3, 2}})},
      {AdditiveAttention({.dtype = float64}), with_key},
      {Attention({.use_scale = true, .dtype = float64}), with_key},
      {Attention({.use_scale = true, .score_mode = "concat", .dtype = float64}), query_and_value},
      {Attention({.dropout = 0.2, .dtype = float64}), with_key, true},
      {Average({.dtype = float64}), in({{2, 3}, {2, 3}, {2, 3}})},
      {Concatenate({.axis = 1, .dtype = float64}), in({{2, 1, 3}, {2, 2, 3}, {2, 1, 3}})},
      {Dot({2, 1}, {.dtype = float64}), in({{2, 2, 3}, {2, 3, 2}})},
      {Dot(-1, {.normalize = true, .dtype = float64}), in({{2, 3}, {2, 3}})},
      {GroupQueryAttention(2, 2, 1, {.use_bias = false, .dtype = float64}), with_key},
      {Maximum({.dtype = float64}), in({{2, 3}, {2, 3}, {2, 3}})},
      {Minimum({.dtype = float64}), in({{2, 3, 2}, {2, 2}})},
      {MultiHeadAttention(2, 2, {.use_bias = false, .output_shape = 3, .dtype = float64}), with_key},
      {MultiHeadAttention(1, 2, {.dropout = 0.2, .use_bias = false, .dtype = float64}), query_and_value, true},
      {Multiply({.dtype = float64}), in({{2, 3}, {2, 1}, {2, 3}})},
      {Subtract({.dtype = float64}), in({{2, 3, 2}, {2, 2}})},
  };
}

std::vector<Row> rows_of_others() {
  using namespace layers;
  const std::vector<Tensor> x = in({{2, 3}}), batch = in({{4, 3}}), maps = in({{2, 2, 4}});
  const Symbol a = Input({3}, {.dtype = float64}), b = Input({2}, {.dtype = float64});
  const Dense twice(2, {.activation = "tanh", .dtype = float64});
  return {
      {layers::Activation("gelu", {.dtype = float64}), x},
      {ActivityRegularization({.l1 = 0.1, .l2 = 0.3, .dtype = float64}), x},
      // At random, with the same draws in all evaluations.
      {AlphaDropout(0.2, {.dtype = float64}), maps, true},
      {BatchNormalization({.dtype = float64}), batch},
      {BatchNormalization({.axis = 1, .dtype = float64}), maps, true},
      {BatchNormalization({.dtype = float64}), batch, true},
      {Dense(2, {.activation = "tanh", .kernel_regularizer = "l2", .activity_regularizer = "l2", .dtype = float64}), x},
      {Dropout(0.2, {.dtype = float64}), maps, true},
      {ELU({.alpha = 0.5, .dtype = float64}), x},
      {EinsumDense("abc,cde->aebd", {2, -1, 2}, {.activation = "tanh", .bias_axes = "ed", .dtype = float64}),
       in({{2, 2, 3}})},
      {Embedding(4, 2, {.dtype = float64}), {tensor({{0, 3, 1}, {3, 3, 2}})}},
      {Model({a, b}, {twice(b), Add({.dtype = float64})({twice(Dense(2, {.dtype = float64})(a)), b})}),
       in({{2, 3}, {2, 2}})},
      {GaussianDropout(0.2, {.dtype = float64}), maps, true},
      {GaussianNoise(0.2, {.dtype = float64}), x, true},
      {GroupNormalization({.groups = 2, .dtype = float64}), maps},
      {GroupNormalization({.groups = 2, .axis = 1, .dtype = float64}), in({{2, 4, 2}})},
      {Identity({.dtype = float64}), x},
      {InputLayer({3}, {.dtype = float64}), x},
      {Lambda([](const Tensor& given) { return given * square(given); }, {.dtype = float64}), x},
      {LayerNormalization({.axis = 1, .dtype = float64}), in({{2, 3, 2}})},
      {LayerNormalization({.axis = {1, 2}, .dtype = float64}), maps},
      {LeakyReLU({.negative_slope = 0.1, .dtype = float64}), x},
      {Masking({.dtype = float64}), in({{2, 2, 2}})},
      {PReLU({.dtype = float64}), {tensor({{-1.0, 2.0, -0.5}, {0.3, -2.0, 1.0}}, float64)}},
      {RMSNormalization({.axis = {1, 2}, .dtype = float64}), maps},
      {ReLU({.max_value = 1, .negative_slope = 0.1, .threshold = 0.1, .dtype = float64}), x},
      {Sequential({Dense(2, {.activation = "tanh", .dtype = float64}), LayerNormalization({.dtype = float64})}), x},
      {Softmax({.axis = {1, 2}, .dtype = float64}), in({{2, 3, 2}})},
      {SpatialDropout1D(0.2, {.dtype = float64}), in({{2, 2, 4}}), true},
      {SpatialDropout2D(0.2, {.dtype = float64}), in({{2, 2, 1, 4}}), true},
      {SpatialDropout3D(0.2, {.dtype = float64}), in({{2, 1, 2, 1, 4}}), true},
      // In training it moves the kernel before it calls the layer.
      {SpectralNormalization(Dense(2, {.activation = "tanh", .dtype = float64}), {.dtype = float64}), x},
      {UnitNormalization({.axis = 1, .dtype = float64}), in({{2, 3, 2}})},
  };
}

std::vector<Row> rows() {
  std::vector<Row> all;
  for (const auto& group : {rows_of_pooling_and_reshaping(), rows_of_convolution(), rows_of_steps(),
                            rows_of_joining_and_attention(), rows_of_others()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

// Classes that have no row, and why.
const std::map<std::string, std::string> without = {{"GroupedQueryAttention", "another name of GroupQueryAttention"}};

// Away from the zeros and the symmetries of fresh weights; statistics are positive.
void set_weights(const Layer& layer) {
  const NoGrad no_grad;
  uint64_t seed = 10;
  for (const auto& weight : layer.trainable_weights())
    weight.value.assign(test::sample(weight.value.shape(), {-1, 1}, ++seed));
  for (const auto& weight : layer.non_trainable_weights())
    weight.value.assign(test::sample(weight.value.shape(), {0.5, 1.5}, ++seed));
}

GradcheckReport check(const Row& row) {
  const Layer& layer = row.layer;
  layer.call_all(row.inputs);
  set_weights(layer);
  std::vector<Tensor> inputs = row.inputs;
  std::vector<GradcheckParameter> parameters;
  for (const auto& weight : layer.trainable_weights()) parameters.push_back({weight.path, weight.value});
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!is_floating(inputs[i].dtype())) continue;
    inputs[i] = inputs[i].clone().set_requires_grad();
    parameters.push_back({"input " + std::to_string(i), inputs[i]});
  }
  const auto outputs_and_losses = [&] {
    std::vector<Tensor> all = layer.call_all(inputs, {.training = row.training});
    for (const Tensor& loss : layer.losses()) all.push_back(loss);
    return all;
  };
  return gradcheck(outputs_and_losses, parameters);
}

}  // namespace

TEST_CASE("each layer has the derivatives of what it computes, of second order too", "[derivatives]") {
  for (const Row& row : rows()) {
    const GradcheckReport report = check(row);
    INFO(row.layer.class_name() << ": " << report.message);
    CHECK(report);
  }
}

TEST_CASE("each class of the registry has a row among the derivatives, or a reason why not") {
  std::map<std::string, int> counts;
  for (const Row& row : rows()) ++counts[row.layer.class_name()];
  for (const std::string& name : layers::library_names()) {
    INFO(name);
    CHECK((counts[name] > 0) != without.contains(name));
    counts.erase(name);
  }
  for (const auto& [name, count] : counts) FAIL_CHECK(name << " has a row, and is not in the registry");
}
