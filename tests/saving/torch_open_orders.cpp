#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "saving/torch_cases.hpp"
#include "temporary_folder.hpp"

// Models that look like images, and are none, or are in PyTorch's order already: an order is taken for PyTorch's where
// a layer of images says so alone. What PyTorch computes is written down here, channels first.
namespace xtape::test {
namespace {

using layers::Conv2D;
using layers::Conv2DTranspose;
using layers::Dense;
using layers::Flatten;
using layers::InputLayer;
using layers::Permute;
using layers::Reshape;
using saving::load_torch_weights;
using Options = saving::LoadTorchWeightsOptions;

// The tensors of a state_dict, in a file of their own.
class State {
 public:
  State() { set_random_seed(7); }

  const Tensor& add(const std::string& name, const Shape& shape) {
    tensors_.emplace_back(name, randn(shape) * 0.3);
    io::save_safetensors(path(), tensors_);
    return tensors_.at(name);
  }
  std::string path() const { return folder_ / "state.safetensors"; }

  // Linear(x).
  Tensor linear(const std::string& name, const Tensor& x, int64_t units) {
    const Tensor weight = add(name + ".weight", {units, x.shape(1)}), bias = add(name + ".bias", {units});
    return matmul(x, weight.transpose()) + bias;
  }
  // What a convolution without padding makes of [batch, places, channels]; ConvTranspose2d with strides of 2.
  Tensor convolved(const std::string& name, const Tensor& x, int64_t filters) {
    return computed(name, Conv2D(filters, 3), x, {filters, x.shape(3), 3, 3}, filters);
  }
  Tensor deconvolved(const std::string& name, const Tensor& x, int64_t filters) {
    return computed(name, deconvolution(filters), x, {x.shape(3), filters, 3, 3}, filters);
  }
  static Conv2DTranspose deconvolution(int64_t filters, const std::string& name = {}) {
    return Conv2DTranspose(filters, 3, {.strides = 2, .output_padding = 0, .name = name});
  }

  void check(const Model& model, const Tensor& x, const Tensor& expected, const Options& options = {}) const {
    load_torch_weights(model, path(), options);
    const Tensor y = model.predict(x, {.verbose = 0});
    REQUIRE(y.shape() == expected.shape());
    CHECK(abs(y - expected).max().item() < 1e-5 * std::max(1.0, abs(expected).max().item()));
  }
  std::string error_of(const Model& model, const Options& options = {}) const {
    return torch_error(model, path(), options);
  }

 private:
  Tensor computed(const std::string& name, const layers::Layer& layer, const Tensor& x, const Shape& kernel,
                  int64_t filters) {
    const Tensor weight = add(name + ".weight", kernel), bias = add(name + ".bias", {filters});
    layer(x);
    layer.set_weights({weight.permute({2, 3, 1, 0}), bias});
    return layer(x);
  }

  TemporaryFolder folder_;
  io::NamedTensors tensors_;
};

// [batch, height, width, channels] as PyTorch flattens it.
Tensor flattened(const Tensor& image) { return image.permute({0, 3, 1, 2}).reshape({image.shape(0), -1}); }
// The other way.
Tensor image_of(const Tensor& rows, const Shape& channels_first) {
  return rows.reshape({rows.shape(0), channels_first[0], channels_first[1], channels_first[2]}).permute({0, 2, 3, 1});
}

Sequential behind(const Shape& shape, const std::vector<layers::Layer>& parts) {
  Sequential model;
  model.add(InputLayer(shape));
  for (const layers::Layer& part : parts) model.add(part);
  return model;
}

struct ScaleImpl : layers::LayerImpl {
  Tensor scale;
  void build(const Shape& shape) { scale = add_weight("scale", {shape.back()}, "ones"); }
  Tensor call(const Tensor& x) { return x * scale; }
};
using Scale = layers::Handle<ScaleImpl>;

struct NormBlockImpl : layers::LayerImpl {
  layers::BatchNormalization norm = track("norm", layers::BatchNormalization({.epsilon = 1e-5}));
  Tensor call(const Tensor& x) { return relu(norm(x)); }
};
using NormBlock = layers::Handle<NormBlockImpl>;

// Whose flattened image is as long as what the layer behind it makes.
struct ClassifierImpl : models::ModelImpl {
  Conv2D conv = track("conv", Conv2D(4, 3));
  Dense first = track("first", Dense(64)), second = track("second", Dense(3));
  Tensor call(const Tensor& x) { return second(first(conv(x).reshape({x.shape(0), -1}))); }
};
using Classifier = layers::Handle<ClassifierImpl>;

struct DecoderImpl : models::ModelImpl {
  Dense fc = track("fc", Dense(30));
  Conv2DTranspose up = track("up", State::deconvolution(2));
  Tensor call(const Tensor& x) { return up(fc(x).reshape({x.shape(0), 2, 5, 3})); }
};
using Decoder = layers::Handle<DecoderImpl>;

// Whose weight is a single number.
struct GainImpl : layers::LayerImpl {
  Tensor gain = add_weight("gain", {}, "ones");
  Tensor call(const Tensor& x) { return x * gain; }
};

struct ScaledImagesImpl : models::ModelImpl {
  layers::Handle<GainImpl> scale;
  Dense fc = track("fc", Dense(12));
  layers::Reshape images = track("images", layers::Reshape({2, 2, 3}));
  Tensor call(const Tensor& x) { return images(fc(scale(x))); }
};

}  // namespace

TEST_CASE("load_torch_weights asks what rows become unless a layer of images takes just these places") {
  State state;
  const Tensor x = randn({3, 4});
  const Tensor rows = state.linear("fc", x, 30);
  const Dense fc(30, {.name = "fc"});
  const std::string question = "\n  order: the features of fc are elements of ";

  // Nothing takes it as an image: heads, and grids of boxes.
  const auto check_grid = [&](const std::vector<layers::Layer>& parts, const Tensor& expected) {
    std::vector<layers::Layer> all{Dense(30, {.name = "fc"}), Reshape({2, 5, 3})};
    all.insert(all.end(), parts.begin(), parts.end());
    const Sequential model = behind({4}, all);
    CHECK_THAT(state.error_of(model), Contains(question + "[2, 5, 3]: say by .unflattened whether they are [3, 2, 5]"));
    state.check(model, x, expected, {.unflattened = {{"fc", {30}}}});
  };
  const Tensor grid = rows.reshape({3, 2, 5, 3});
  check_grid({}, grid);
  check_grid({layers::Activation("relu")}, relu(grid));
  check_grid({Permute({2, 1, 3})}, grid.permute({0, 2, 1, 3}));
  check_grid({Reshape({10, 3})}, rows.reshape({3, 10, 3}));
  check_grid({Flatten()}, rows);

  // An image; one in PyTorch's order, and one that nobody knows.
  const Tensor expected = state.deconvolved("up", image_of(rows, {3, 2, 5}), 2);
  const auto decoder = [](const std::vector<layers::Layer>& between) {
    std::vector<layers::Layer> all{Dense(30, {.name = "fc"})};
    all.insert(all.end(), between.begin(), between.end());
    all.push_back(State::deconvolution(2, "up"));
    return behind({4}, all);
  };
  state.check(decoder({Reshape({2, 5, 3})}), x, expected);
  state.check(decoder({Reshape({2, 5, 3}), layers::Dropout(0.5)}), x, expected);
  const Sequential turned = decoder({Reshape({3, 2, 5}), Permute({2, 3, 1})});
  CHECK_THAT(state.error_of(turned), Contains(question + "[3, 2, 5]"));
  state.check(turned, x, expected, {.unflattened = {{"fc", {30}}}});
  const Sequential unknown = decoder({layers::Lambda([](const Tensor& t) {
    return t.reshape({t.shape(0), 2, 5, 3});
  })});
  CHECK_THAT(
      state.error_of(unknown, {.flattened = {{"up", {3}}}}),
      Contains("\n  order: the features of fc are 30, made of images, it is not known how: say by .unflattened"));
  state.check(unknown, x, expected, {.flattened = {{"up", {3}}}, .unflattened = {{"fc", {3, 2, 5}}}});

  // Handed out in the order of the rows too.
  const Symbol input = Input({4});
  const Symbol made = fc(input);
  const Model both(input, {made, State::deconvolution(2, "up")(Reshape({2, 5, 3})(made))});
  CHECK_THAT(state.error_of(both), Contains(question + "[2, 5, 3]"));
}

TEST_CASE("load_torch_weights asks for what is flattened unless a layer of images stands before it") {
  State state;
  const Tensor x = randn({2, 3, 4, 5});
  const Tensor expected = state.linear("fc", x.reshape({2, 60}), 3);
  const Sequential model = behind({3, 4, 5}, {Flatten(), Dense(3, {.name = "fc"})});
  CHECK_THAT(state.error_of(model),
             Contains("the features of fc are elements of [3, 4, 5]: say by .flattened whether they are [5, 3, 4]"));
  state.check(model, x, expected, {.flattened = {{"fc", {60}}}});
  const Tensor image = x.permute({0, 2, 3, 1});
  state.check(behind({4, 5, 3}, {Flatten(), Dense(3, {.name = "fc"})}), image, expected,
              {.flattened = {{"fc", {3, 4, 5}}}});
}

TEST_CASE("load_torch_weights asks in models of one's own, whatever else has the length of what is flattened") {
  State state;
  const Tensor x = randn({2, 6, 6, 2});
  const Tensor expected =
      state.linear("second", state.linear("first", flattened(state.convolved("conv", x, 4)), 64), 3);
  const Classifier classifier;
  classifier.build({-1, 6, 6, 2});
  CHECK_THAT(state.error_of(classifier), Contains("the features of first are 64, made of images"));
  state.check(classifier, x, expected, {.flattened = {{"first", {4, 4, 4}}, {"second", {64}}}});

  State decoding;
  const Tensor rows = randn({3, 4});
  const Tensor image = decoding.deconvolved("up", image_of(decoding.linear("fc", rows, 30), {3, 2, 5}), 2);
  const Decoder decoder;
  decoder.build({-1, 4});
  CHECK_THAT(decoding.error_of(decoder), Contains("the features of fc are 30, made of images"));
  decoding.check(decoder, rows, image, {.unflattened = {{"fc", {3, 2, 5}}}});
}

TEST_CASE("load_torch_weights takes layers of single numbers") {
  State state;
  const Tensor x = randn({2, 5});
  const Tensor gain = state.add("scale.gain", {});
  const Tensor rows = state.linear("fc", x * gain, 12);
  const layers::Handle<ScaledImagesImpl> model;
  model.build({-1, 5});
  state.check(model, x, image_of(rows, {3, 2, 2}), {.unflattened = {{"fc", {3, 2, 2}}}});
}

TEST_CASE("load_torch_weights puts weights of layers of one's own in order, feature by feature") {
  State state;
  const Tensor x = randn({2, 6, 6, 2});
  const Tensor flat = flattened(state.convolved("conv", x, 4));
  const Tensor expected = state.linear("fc", flat * state.add("scale.scale", {64}), 3);
  const Sequential model =
      behind({6, 6, 2}, {Conv2D(4, 3, {.name = "conv"}), Flatten(), Scale(), Dense(3, {.name = "fc"})});
  CHECK_THAT(state.error_of(model, {.flattened = {{"fc", {4, 4, 4}}}}),
             Contains(" are elements of [4, 4, 4]: say by .flattened whether they are [4, 4, 4] in scale"));
  state.check(model, x, expected, {.flattened = {{"fc", {4, 4, 4}}, {"scale", {4, 4, 4}}}});

  // A block whose only weights are those of a normalization.
  const Sequential block = behind({6, 6, 2}, {Conv2D(4, 3, {.name = "conv"}), Flatten(), NormBlock()});
  State norms;
  const Tensor image = flattened(norms.convolved("conv", x, 4));
  const Tensor gamma = norms.add("block.norm.weight", {64}), beta = norms.add("block.norm.bias", {64});
  const Tensor mean = norms.add("block.norm.running_mean", {64});
  const Tensor variance = norms.add("block.norm.running_var", {64});
  CHECK_THAT(norms.error_of(block),
             Contains(" are elements of [4, 4, 4]: say by .flattened whether they are [4, 4, 4] in block.norm"));
  load_torch_weights(block, norms.path(), {.flattened = {{"block.norm", {4, 4, 4}}}});
  CHECK(same(block.get_weights()[2], gamma.reshape({4, 4, 4}).permute({1, 2, 0}).reshape({64})));
  CHECK(same(block.get_weights()[3], beta.reshape({4, 4, 4}).permute({1, 2, 0}).reshape({64})));
}

TEST_CASE("load_torch_weights takes the kernel of an EinsumDense as its equation has it") {
  State state;
  const Tensor x = randn({3, 4});
  const Tensor expected = state.linear("fc", x, 4);
  const auto model = [](const std::string& equation, const Shape& shape, const layers::Lengths& output) {
    return behind(shape, {layers::EinsumDense(equation, output, {.bias_axes = "c", .name = "fc"})});
  };
  state.check(model("ab,bc->ac", {4}, {4}), x, expected);
  state.check(model("ab,cb->ac", {4}, {4}), x, expected);
  CHECK_THAT(
      state.error_of(behind({4, 4}, {layers::EinsumDense("abc,bc->abc", {4, 4}, {.bias_axes = "c", .name = "fc"})})),
      Contains("the kernel of an EinsumDense that computes something else than a Linear"));

  // Behind images both lie in the order that is shown.
  State flat;
  const Tensor image = randn({2, 6, 6, 2});
  const Tensor made = flat.linear("fc", flattened(flat.convolved("conv", image, 4)), 64);
  for (const char* equation : {"ab,bc->ac", "ab,cb->ac"}) {
    flat.check(behind({6, 6, 2}, {Conv2D(4, 3, {.name = "conv"}), Flatten(),
                                  layers::EinsumDense(equation, {64}, {.bias_axes = "c", .name = "fc"})}),
               image, made);
  }
}

TEST_CASE("load_torch_weights asks for groups and steps of flattened images, which have no order to be put in") {
  State state;
  const Tensor x = randn({2, 6, 6, 2});
  state.linear("fc", flattened(state.convolved("conv", x, 4)), 3);
  const auto grouped = [](int64_t groups) {
    return behind({6, 6, 2},
                  {Conv2D(4, 3, {.name = "conv"}), Flatten(),
                   layers::GroupNormalization({.groups = groups, .center = false, .scale = false, .name = "groups"}),
                   Dense(3, {.name = "fc"})});
  };
  CHECK_THAT(state.error_of(grouped(4)),
             Contains("\n  order: groups, a GroupNormalization, takes groups of what images were flattened to, which "
                      "come in another order in PyTorch: say by .flattened = {{\"groups\", {64}}}"));
  load_torch_weights(grouped(4), state.path(), {.flattened = {{"groups", {64}}}});
  load_torch_weights(grouped(1), state.path());

  State steps;
  steps.convolved("conv", x, 4);
  steps.add("rnn.weight_ih_l0", {12, 1});
  steps.add("rnn.weight_hh_l0", {12, 3});
  steps.add("rnn.bias_ih_l0", {12});
  steps.add("rnn.bias_hh_l0", {12});
  const auto stepped = [](const std::vector<layers::Layer>& last) {
    std::vector<layers::Layer> all{Conv2D(4, 3, {.name = "conv"}), Flatten(), Reshape({64, 1})};
    all.insert(all.end(), last.begin(), last.end());
    return behind({6, 6, 2}, all);
  };
  const Sequential recurrent = stepped({layers::LSTM(3, {.name = "rnn"})});
  CHECK_THAT(steps.error_of(recurrent),
             Contains("\n  order: the steps of rnn are elements of an image, in another order: say by .flattened = "
                      "{{\"rnn\", {1}}} that they are the same in PyTorch"));
  load_torch_weights(recurrent, steps.path(), {.flattened = {{"rnn", {1}}}});
  const Sequential pooled = stepped({layers::MaxPooling1D(2, {.name = "pool"}), layers::LSTM(3, {.name = "rnn"})});
  CHECK_THAT(steps.error_of(pooled),
             Contains("order: pool, a MaxPooling1D, takes steps that are elements of an image"));
}

TEST_CASE("load_torch_weights follows branches that meet again and again") {
  State state;
  const Tensor x = randn({3, 4});
  state.linear("fc", x, 4);
  const Symbol input = Input({4});
  Symbol sum = Dense(4, {.name = "fc"})(input);
  for (int i = 0; i < 60; ++i) sum = sum + relu(sum);
  const Model model(input, sum);
  load_torch_weights(model, state.path());
  CHECK(same(model.get_weights()[1], io::load_safetensors(state.path()).tensors.at("fc.bias")));
}

TEST_CASE("print_weight_map says which outputs are flattened images") {
  State state;
  state.convolved("conv", randn({2, 6, 6, 2}), 4);
  std::ostringstream map;
  saving::print_weight_map(behind({6, 6, 2}, {Conv2D(4, 3, {.name = "conv"}), Flatten()}), state.path(), map);
  CHECK(map.str() ==
        "{.map = {\n    {\"conv\", \"conv\"},\n}}\n// order: output 0 of the model is an image of 64 elements that was "
        "flattened: PyTorch's has its channels first\n");
}

}  // namespace xtape::test
