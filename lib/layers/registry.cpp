#include <algorithm>
#include <mutex>
#include <string>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/average_pooling2d.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/conv2d.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/depthwise_conv2d.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/global_average_pooling2d.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/max_pooling2d.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/layers/zero_padding2d.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/sequential.hpp>

#include "layers/operation.hpp"
#include "layers/registered.hpp"

namespace xtape::layers {
namespace {

struct Entry {
  const char* class_name;
  Layer (*make)(const Config& config);
};

template <class L>
Layer make(const Config& config) {
  return L::from_config(config);
}

// The library's classes. Ordinary references from here alone: a program that reads no layers links those that it names.
constexpr Entry entries[] = {
    {"Activation", make<Activation>},
    {"Add", make<Add>},
    {"AveragePooling2D", make<AveragePooling2D>},
    {"BatchNormalization", make<BatchNormalization>},
    {"Concatenate", make<Concatenate>},
    {"Conv2D", make<Conv2D>},
    {"Dense", make<Dense>},
    {"DepthwiseConv2D", make<DepthwiseConv2D>},
    {"Dropout", make<Dropout>},
    {"Embedding", make<Embedding>},
    {"Flatten", make<Flatten>},
    {"Functional", make<models::Model>},
    {"GRU", make<GRU>},
    {"GlobalAveragePooling2D", make<GlobalAveragePooling2D>},
    {"InputLayer", make<InputLayer>},
    {"LSTM", make<LSTM>},
    {"LayerNormalization", make<LayerNormalization>},
    {"LeakyReLU", make<LeakyReLU>},
    {"Masking", make<Masking>},
    {"MaxPooling2D", make<MaxPooling2D>},
    {"MultiHeadAttention", make<MultiHeadAttention>},
    {"ReLU", make<ReLU>},
    {"Reshape", make<Reshape>},
    {"Sequential", make<models::Sequential>},
    {"Softmax", make<Softmax>},
    {"ZeroPadding2D", make<ZeroPadding2D>},
};

}  // namespace

Layer deserialize(const Config& config) {
  if (is_operation(config)) return operation_of(config);
  const std::string& class_name = config.at("class_name").text();
  const Config& options = config.at("config");
  const Config* registered_name = config.find("registered_name");
  if (registered_name && registered_name->is_text()) {
    if (const Registered* own = registered_as(registered_name->text())) return own->make(options);
  }
  std::vector<std::string> known = registered_names();
  for (const Entry& entry : entries) {
    if (class_name == entry.class_name) return entry.make(options);
    known.emplace_back(entry.class_name);
  }
  detail::throw_unknown_name("layer class", class_name, known);
}

Layer clone(const Layer& layer) { return deserialize(serialize(layer)); }

}  // namespace xtape::layers
