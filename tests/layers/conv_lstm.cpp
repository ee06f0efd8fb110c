#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "layers/recurrent_reference.hpp"
#include "support/sample_tensors.hpp"

using namespace xtape;
using layers::ConvLSTM1D;
using layers::ConvLSTM2D;
using layers::ConvLSTM3D;

namespace {

using Tensors = std::vector<Tensor>;

const Tensor holes = tensor({{true, true, false, true}, {false, true, true, false}});

// One step of the weights kernel, recurrent_kernel and bias.
test::StepByFormula conv_lstm_step(const Tensors& weights, const Conv2dOptions& input) {
  return [weights, input](const Tensor& x, const Tensors& states) -> Tensors {
    const Tensor sums =
        conv2d(x, weights[0], input) + weights[2] + conv2d(states[0], weights[1], Conv2dOptions{.padding = "same"});
    const auto gates = split(sums, 4, -1);
    const Tensor cell = sigmoid(gates[1]) * states[1] + sigmoid(gates[0]) * tanh(gates[2]);
    return {sigmoid(gates[3]) * tanh(cell), cell};
  };
}

}  // namespace

TEST_CASE("ConvLSTM2D goes through images step by step") {
  const Tensor x = test::sample({2, 4, 5, 6, 2}, {-1, 1}, 1);
  struct Geometry {
    layers::ConvLSTM2DOptions options;
    Conv2dOptions op;
    Shape state;
  };
  const Geometry all[] = {{{.padding = "same"}, {.padding = "same"}, {2, 5, 6, 3}},
                          {{.strides = 2}, {.strides = {2, 2}}, {2, 2, 2, 3}},
                          {{.dilation_rate = {2, 1}}, {.dilation_rate = {2, 1}}, {2, 1, 4, 3}}};
  const initializers::RandomNormal some_values({.stddev = 0.3, .seed = 3});
  for (const Geometry& geometry : all) {
    for (int bits = 0; bits < 32; ++bits) {
      const bool masked = bits & 1, backwards = bits & 2, sequences = bits & 4, zero = bits & 8, given = bits & 16;
      INFO(geometry.state << ", masked " << masked << ", go_backwards " << backwards << ", return_sequences "
                          << sequences << ", zero_output_for_mask " << zero << ", initial_state " << given);
      layers::ConvLSTM2DOptions options = geometry.options;
      options.kernel_initializer = options.recurrent_initializer = options.bias_initializer = some_values;
      options.unit_forget_bias = false;
      options.return_sequences = sequences;
      options.go_backwards = backwards;
      options.zero_output_for_mask = zero;
      options.dtype = float64;
      const ConvLSTM2D layer(3, 3, options);
      Tensors initial(2, zeros(geometry.state, float64));
      layers::RNNArguments<Tensor> arguments;
      if (given) {
        initial = {test::sample(geometry.state, {-1, 1}, 2), test::sample(geometry.state, {-1, 1}, 3)};
        arguments.initial_state = initial;
      }
      if (masked) arguments.mask = holes;
      const auto [y, h, c] = layer.with_state(x, arguments);
      const test::Walked expected = test::walk(x, initial, conv_lstm_step(layer.get_weights(), geometry.op),
                                               {masked ? holes : Tensor(), backwards, zero});
      CHECK(allclose(y, sequences ? expected.outputs : expected.last_output, 1e-11, 1e-12));
      CHECK(allclose(h, expected.states[0], 1e-11, 1e-12));
      CHECK(allclose(c, expected.states[1], 1e-11, 1e-12));
      CHECK(layer.compute_output_shape(x.shape()) == y.shape());
      CHECK(has_mask(layer(with_mask(x, holes))) == sequences);
    }
  }
}

TEST_CASE("ConvLSTM over one and three axes is the one over two") {
  const ConvLSTM1D line(2, 3, {.padding = "same", .return_sequences = true});
  const ConvLSTM2D plane(2, {1, 3}, {.padding = "same", .return_sequences = true});
  const ConvLSTM3D space(2, {1, 1, 3}, {.padding = "same", .return_sequences = true});
  const Tensor x = randn({2, 4, 6, 1});
  const Tensor y = line(x);
  plane.build({-1, 4, 1, 6, 1});
  space.build({-1, 4, 1, 1, 6, 1});
  const Tensors weights = line.get_weights();
  plane.set_weights({weights[0].expand_dims(0), weights[1].expand_dims(0), weights[2]});
  space.set_weights({weights[0].expand_dims(0).expand_dims(0), weights[1].expand_dims(0).expand_dims(0), weights[2]});
  CHECK(allclose(plane(x.expand_dims(2)).squeeze(2), y, 1e-5, 1e-6));
  CHECK(allclose(space(x.expand_dims(2).expand_dims(2)).squeeze({2, 3}), y, 1e-5, 1e-6));
  CHECK(array_equal(weights[2].slice(0, {2, 4}), ones({2})));
  CHECK(line.weights()[0].path == line.name() + "/conv_lstm_cell/kernel");
}

TEST_CASE(
    "ConvLSTM drops the same cells at all steps, keeps its states and "
    "goes both ways") {
  set_random_seed(3);
  const Tensor x = rand({2, 4, 5, 5, 1}) + 1;
  const ConvLSTM2D plain(2, 3);
  const ConvLSTM2D dropping(2, 3, {.dropout = 0.5, .recurrent_dropout = 0.3, .seed = 8});
  plain(x);
  dropping(x);
  dropping.set_weights(plain.get_weights());
  CHECK(array_equal(dropping(x), plain(x)));
  const Tensor first = dropping(x, {.training = true});
  CHECK_FALSE(allclose(first, plain(x), 1e-3, 1e-3));
  const ConvLSTM2D again = layers::clone(dropping);
  again.build(x.shape());
  again.set_weights(plain.get_weights());
  CHECK(array_equal(again(x, {.training = true}), first));

  const ConvLSTM2D stateful(2, 3, {.stateful = true});
  stateful.build(x.shape());
  stateful.set_weights(plain.get_weights());
  stateful(x.slice(1, {0, 2}));
  CHECK(allclose(stateful(x.slice(1, {2, 4})), plain(x), 1e-5, 1e-6));
  CHECK(stateful.states()[1].shape() == Shape{2, 3, 3, 2});

  const layers::Bidirectional both(ConvLSTM2D(2, 3, {.padding = "same", .return_sequences = true}));
  CHECK(both(x).shape() == Shape{2, 4, 5, 5, 4});
  CHECK(both.with_state(x).second.size() == 4);
  const Symbol symbol = Input({4, 5, 5, 1});
  const auto [y, h, c] = plain.with_state(symbol);
  CHECK(h.shape() == Shape{-1, 3, 3, 2});
}

TEST_CASE("ConvLSTM refuses what does not fit") {
  CHECK_THROWS_MATCHES(ConvLSTM2D(0, 3), ValueError, Message("ConvLSTM2D: filters must be at least 1, given 0"));
  CHECK_THROWS_WITH(ConvLSTM1D(2, 0), Contains("ConvLSTM1D: kernel_size must be at least 1"));
  CHECK_THROWS_WITH(ConvLSTM2D(2, 3, {.padding = "sane"}), Contains("ConvLSTM2D"));
  CHECK_THROWS_MATCHES(ConvLSTM2D(2, 3, {.strides = 2, .dilation_rate = 2}), ValueError,
                       Message("ConvLSTM2D: strides and dilation_rate cannot "
                               "both be above 1, given (2, 2) and (2, 2)"));
  CHECK_THROWS_WITH(ConvLSTM2D(2, 3, {.dropout = 1.5}), Contains("ConvLSTM2D: dropout must lie in [0, 1), given 1.5"));
  const ConvLSTM2D layer(2, 3, {.name = "c"});
  CHECK_THROWS_MATCHES(layer(ones({2, 4, 5, 1})), ShapeError,
                       Message("c: expected inputs [batch, time, height, "
                               "width, channels], given [2, 4, 5, 1]; is "
                               "return_sequences missing in the layer before?"));
  CHECK_THROWS_WITH(layer(ones({2, 4, 2, 5, 1})), Contains("a window (3, 3) does not fit into inputs [2, 2, 5, 1]") &&
                                                      Contains("(of steps of inputs [2, 4, 2, 5, 1])"));
  const Tensor x = ones({2, 4, 5, 5, 1});
  layer(x);
  CHECK_THROWS_WITH(layer(x, {.initial_state = {ones({2, 5, 5, 2}), ones({2, 3, 3, 2})}}),
                    Contains("expected initial_state 0 of shape [2, 3, 3, 2], given [2, 5, "
                             "5, 2]"));
}
