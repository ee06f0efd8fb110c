#include "golden/make_layer.hpp"

#include <xtape/xtape.hpp>

namespace xtape::test {
namespace {

layers::Size2d size(const Config& config, const char* key, int64_t otherwise) {
  if (!config.contains(key)) return otherwise;
  const std::vector<int64_t> values = config.integers(key);
  return values.size() == 1 ? layers::Size2d(values[0]) : layers::Size2d(values[0], values[1]);
}

std::optional<int64_t> optional_integer(const Config& config, const char* key) {
  return config.contains(key) ? std::optional<int64_t>(config.integer(key, 0)) : std::nullopt;
}

Shape shape(const Config& config, const char* key) {
  const std::vector<int64_t> values = config.integers(key);
  return Shape(values.begin(), values.end());
}

std::shared_ptr<layers::Layer> dense(const Config& config) {
  return std::make_shared<layers::Dense>(config.integer("units", 0),
                                         layers::DenseOptions{.activation = config.text("activation", "linear"),
                                                              .use_bias = config.flag("use_bias", true)});
}

std::shared_ptr<layers::Layer> conv2d(const Config& config) {
  return std::make_shared<layers::Conv2D>(config.integer("filters", 0), size(config, "kernel_size", 0),
                                          layers::Conv2DOptions{.strides = size(config, "strides", 1),
                                                                .padding = config.text("padding", "valid"),
                                                                .dilation_rate = size(config, "dilation_rate", 1),
                                                                .groups = config.integer("groups", 1),
                                                                .activation = config.text("activation", "linear"),
                                                                .use_bias = config.flag("use_bias", true)});
}

std::shared_ptr<layers::Layer> depthwise_conv2d(const Config& config) {
  return std::make_shared<layers::DepthwiseConv2D>(
      size(config, "kernel_size", 0),
      layers::DepthwiseConv2DOptions{.strides = size(config, "strides", 1),
                                     .padding = config.text("padding", "valid"),
                                     .depth_multiplier = config.integer("depth_multiplier", 1),
                                     .activation = config.text("activation", "linear")});
}

// `1`, `[1, 2]` or `[[1, 0], [2, 1]]`.
std::shared_ptr<layers::Layer> zero_padding2d(const Config& config) {
  if (!config.contains("padding")) return std::make_shared<layers::ZeroPadding2D>();
  const std::vector<int64_t> cells = config.integers("padding");
  if (cells.size() == 4) {
    return std::make_shared<layers::ZeroPadding2D>(
        layers::Padding2d(std::pair(cells[0], cells[1]), std::pair(cells[2], cells[3])));
  }
  return std::make_shared<layers::ZeroPadding2D>(cells.size() == 1 ? layers::Padding2d(cells[0])
                                                                   : layers::Padding2d(cells[0], cells[1]));
}

std::shared_ptr<layers::Layer> batch_normalization(const Config& config) {
  return std::make_shared<layers::BatchNormalization>(
      layers::BatchNormalizationOptions{.axis = static_cast<int>(config.integer("axis", -1)),
                                        .momentum = config.number("momentum", 0.99),
                                        .epsilon = config.number("epsilon", 1e-3),
                                        .scale = config.flag("scale", true)});
}

std::shared_ptr<layers::Layer> layer_normalization(const Config& config) {
  std::vector<int> axes{-1};
  if (config.contains("axis")) {
    const std::vector<int64_t> given = config.integers("axis");
    axes.assign(given.begin(), given.end());
  }
  return std::make_shared<layers::LayerNormalization>(layers::LayerNormalizationOptions{
      .axis = axes, .epsilon = config.number("epsilon", 1e-3), .center = config.flag("center", true)});
}

// The options that recurrent layers have in common.
template <class Options>
Options recurrent_options(const Config& config) {
  // A call with states always returns them.
  config.flag("return_state", false);
  Options options;
  options.activation = config.text("activation", "tanh");
  options.recurrent_activation = config.text("recurrent_activation", "sigmoid");
  options.use_bias = config.flag("use_bias", true);
  options.return_sequences = config.flag("return_sequences", false);
  options.go_backwards = config.flag("go_backwards", false);
  return options;
}

std::shared_ptr<layers::Layer> lstm(const Config& config) {
  return std::make_shared<layers::LSTM>(config.integer("units", 0), recurrent_options<layers::LSTMOptions>(config));
}

std::shared_ptr<layers::Layer> gru(const Config& config) {
  auto options = recurrent_options<layers::GRUOptions>(config);
  options.reset_after = config.flag("reset_after", true);
  return std::make_shared<layers::GRU>(config.integer("units", 0), options);
}

template <class Pooling>
std::shared_ptr<layers::Layer> pooling(const Config& config) {
  layers::Pooling2DOptions options{.padding = config.text("padding", "valid")};
  if (config.contains("strides")) options.strides = size(config, "strides", 1);
  return std::make_shared<Pooling>(size(config, "pool_size", 2), options);
}

}  // namespace

std::shared_ptr<layers::Layer> make_layer(const std::string& name, const Config& config) {
  if (name == "InputLayer") return std::make_shared<layers::InputLayer>(shape(config, "shape"));
  if (name == "Dense") return dense(config);
  if (name == "Conv2D") return conv2d(config);
  if (name == "MaxPooling2D") return pooling<layers::MaxPooling2D>(config);
  if (name == "AveragePooling2D") return pooling<layers::AveragePooling2D>(config);
  if (name == "Activation") return std::make_shared<layers::Activation>(config.text("activation", "linear"));
  if (name == "ReLU") {
    return std::make_shared<layers::ReLU>(layers::ReLUOptions{.max_value = config.optional_number("max_value"),
                                                              .negative_slope = config.number("negative_slope", 0),
                                                              .threshold = config.number("threshold", 0)});
  }
  if (name == "LeakyReLU") {
    if (!config.contains("negative_slope")) return std::make_shared<layers::LeakyReLU>();
    return std::make_shared<layers::LeakyReLU>(
        layers::LeakyReLUOptions{.negative_slope = config.number("negative_slope", 0)});
  }
  if (name == "Softmax") {
    return std::make_shared<layers::Softmax>(
        layers::SoftmaxOptions{.axis = static_cast<int>(config.integer("axis", -1))});
  }
  if (name == "Dropout") return std::make_shared<layers::Dropout>(config.number("rate", 0));
  if (name == "Flatten") return std::make_shared<layers::Flatten>();
  if (name == "Reshape") return std::make_shared<layers::Reshape>(shape(config, "target_shape"));
  if (name == "DepthwiseConv2D") return depthwise_conv2d(config);
  if (name == "ZeroPadding2D") return zero_padding2d(config);
  if (name == "BatchNormalization") return batch_normalization(config);
  if (name == "LayerNormalization") return layer_normalization(config);
  if (name == "LSTM") return lstm(config);
  if (name == "GRU") return gru(config);
  if (name == "GlobalAveragePooling2D") {
    return std::make_shared<layers::GlobalAveragePooling2D>(
        layers::GlobalAveragePooling2DOptions{.keepdims = config.flag("keepdims", false)});
  }
  if (name == "Embedding") {
    return std::make_shared<layers::Embedding>(config.integer("input_dim", 0), config.integer("output_dim", 0));
  }
  if (name == "MultiHeadAttention") {
    return std::make_shared<layers::MultiHeadAttention>(
        config.integer("num_heads", 0), config.integer("key_dim", 0),
        layers::MultiHeadAttentionOptions{.value_dim = optional_integer(config, "value_dim"),
                                          .use_bias = config.flag("use_bias", true),
                                          .output_shape = optional_integer(config, "output_shape")});
  }
  if (name == "Add") return std::make_shared<layers::Add>();
  if (name == "Concatenate") {
    return std::make_shared<layers::Concatenate>(
        layers::ConcatenateOptions{.axis = static_cast<int>(config.integer("axis", -1))});
  }
  throw ValueError("make_layer: unknown class " + name);
}

}  // namespace xtape::test
