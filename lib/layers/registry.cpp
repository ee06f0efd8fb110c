#include <algorithm>
#include <mutex>
#include <string>
#include <vector>
#include <xtape/detail/config_name.hpp>
#include <xtape/detail/config_place.hpp>
#include <xtape/detail/names.hpp>
#include <xtape/detail/shared_layers.hpp>
#include <xtape/detail/written_layers.hpp>
#include <xtape/error.hpp>
#include <xtape/layers/activation.hpp>
#include <xtape/layers/activity_regularization.hpp>
#include <xtape/layers/adaptive_pooling.hpp>
#include <xtape/layers/alpha_dropout.hpp>
#include <xtape/layers/attention.hpp>
#include <xtape/layers/batch_normalization.hpp>
#include <xtape/layers/bidirectional.hpp>
#include <xtape/layers/conv.hpp>
#include <xtape/layers/conv_lstm.hpp>
#include <xtape/layers/conv_transpose.hpp>
#include <xtape/layers/cropping.hpp>
#include <xtape/layers/dense.hpp>
#include <xtape/layers/depthwise_conv.hpp>
#include <xtape/layers/dropout.hpp>
#include <xtape/layers/einsum_dense.hpp>
#include <xtape/layers/elu.hpp>
#include <xtape/layers/embedding.hpp>
#include <xtape/layers/flatten.hpp>
#include <xtape/layers/gaussian_dropout.hpp>
#include <xtape/layers/gaussian_noise.hpp>
#include <xtape/layers/global_pooling.hpp>
#include <xtape/layers/group_normalization.hpp>
#include <xtape/layers/group_query_attention.hpp>
#include <xtape/layers/gru.hpp>
#include <xtape/layers/gru_cell.hpp>
#include <xtape/layers/identity.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/lambda.hpp>
#include <xtape/layers/layer_normalization.hpp>
#include <xtape/layers/leaky_relu.hpp>
#include <xtape/layers/lstm.hpp>
#include <xtape/layers/lstm_cell.hpp>
#include <xtape/layers/masking.hpp>
#include <xtape/layers/merge.hpp>
#include <xtape/layers/multi_head_attention.hpp>
#include <xtape/layers/permute.hpp>
#include <xtape/layers/pooling.hpp>
#include <xtape/layers/prelu.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/relu.hpp>
#include <xtape/layers/repeat_vector.hpp>
#include <xtape/layers/reshape.hpp>
#include <xtape/layers/rms_normalization.hpp>
#include <xtape/layers/rnn.hpp>
#include <xtape/layers/separable_conv.hpp>
#include <xtape/layers/simple_rnn.hpp>
#include <xtape/layers/simple_rnn_cell.hpp>
#include <xtape/layers/softmax.hpp>
#include <xtape/layers/spatial_dropout.hpp>
#include <xtape/layers/spectral_normalization.hpp>
#include <xtape/layers/stacked_rnn_cells.hpp>
#include <xtape/layers/time_distributed.hpp>
#include <xtape/layers/unit_normalization.hpp>
#include <xtape/layers/up_sampling.hpp>
#include <xtape/layers/zero_padding.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/sequential.hpp>

#include "layers/build_config.hpp"
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
    {"ActivityRegularization", make<ActivityRegularization>},
    {"AdaptiveAveragePooling1D", make<AdaptiveAveragePooling1D>},
    {"AdaptiveAveragePooling2D", make<AdaptiveAveragePooling2D>},
    {"AdaptiveAveragePooling3D", make<AdaptiveAveragePooling3D>},
    {"AdaptiveMaxPooling1D", make<AdaptiveMaxPooling1D>},
    {"AdaptiveMaxPooling2D", make<AdaptiveMaxPooling2D>},
    {"AdaptiveMaxPooling3D", make<AdaptiveMaxPooling3D>},
    {"Add", make<Add>},
    {"AdditiveAttention", make<AdditiveAttention>},
    {"AlphaDropout", make<AlphaDropout>},
    {"Attention", make<Attention>},
    {"Average", make<Average>},
    {"AveragePooling1D", make<AveragePooling1D>},
    {"AveragePooling2D", make<AveragePooling2D>},
    {"AveragePooling3D", make<AveragePooling3D>},
    {"BatchNormalization", make<BatchNormalization>},
    {"Bidirectional", make<Bidirectional>},
    {"Concatenate", make<Concatenate>},
    {"Conv1D", make<Conv1D>},
    {"Conv1DTranspose", make<Conv1DTranspose>},
    {"Conv2D", make<Conv2D>},
    {"Conv2DTranspose", make<Conv2DTranspose>},
    {"Conv3D", make<Conv3D>},
    {"Conv3DTranspose", make<Conv3DTranspose>},
    {"ConvLSTM1D", make<ConvLSTM1D>},
    {"ConvLSTM2D", make<ConvLSTM2D>},
    {"ConvLSTM3D", make<ConvLSTM3D>},
    {"Cropping1D", make<Cropping1D>},
    {"Cropping2D", make<Cropping2D>},
    {"Cropping3D", make<Cropping3D>},
    {"Dense", make<Dense>},
    {"DepthwiseConv1D", make<DepthwiseConv1D>},
    {"DepthwiseConv2D", make<DepthwiseConv2D>},
    {"Dot", make<Dot>},
    {"Dropout", make<Dropout>},
    {"ELU", make<ELU>},
    {"EinsumDense", make<EinsumDense>},
    {"Embedding", make<Embedding>},
    {"Flatten", make<Flatten>},
    {"Functional", make<models::Model>},
    {"GRU", make<GRU>},
    {"GRUCell", make<GRUCell>},
    {"GaussianDropout", make<GaussianDropout>},
    {"GaussianNoise", make<GaussianNoise>},
    {"GlobalAveragePooling1D", make<GlobalAveragePooling1D>},
    {"GlobalAveragePooling2D", make<GlobalAveragePooling2D>},
    {"GlobalAveragePooling3D", make<GlobalAveragePooling3D>},
    {"GlobalMaxPooling1D", make<GlobalMaxPooling1D>},
    {"GlobalMaxPooling2D", make<GlobalMaxPooling2D>},
    {"GlobalMaxPooling3D", make<GlobalMaxPooling3D>},
    {"GroupNormalization", make<GroupNormalization>},
    {"GroupQueryAttention", make<GroupQueryAttention>},
    {"GroupedQueryAttention", make<GroupQueryAttention>},  // Keras's own class, as older files call it
    {"Identity", make<Identity>},
    {"InputLayer", make<InputLayer>},
    {"LSTM", make<LSTM>},
    {"LSTMCell", make<LSTMCell>},
    {"Lambda", make<Lambda>},
    {"LayerNormalization", make<LayerNormalization>},
    {"LeakyReLU", make<LeakyReLU>},
    {"Masking", make<Masking>},
    {"MaxPooling1D", make<MaxPooling1D>},
    {"MaxPooling2D", make<MaxPooling2D>},
    {"MaxPooling3D", make<MaxPooling3D>},
    {"Maximum", make<Maximum>},
    {"Minimum", make<Minimum>},
    {"MultiHeadAttention", make<MultiHeadAttention>},
    {"Multiply", make<Multiply>},
    {"PReLU", make<PReLU>},
    {"Permute", make<Permute>},
    {"RMSNormalization", make<RMSNormalization>},
    {"RNN", make<RNN>},
    {"ReLU", make<ReLU>},
    {"RepeatVector", make<RepeatVector>},
    {"Reshape", make<Reshape>},
    {"SeparableConv1D", make<SeparableConv1D>},
    {"SeparableConv2D", make<SeparableConv2D>},
    {"Sequential", make<models::Sequential>},
    {"SimpleRNN", make<SimpleRNN>},
    {"SimpleRNNCell", make<SimpleRNNCell>},
    {"Softmax", make<Softmax>},
    {"SpatialDropout1D", make<SpatialDropout1D>},
    {"SpatialDropout2D", make<SpatialDropout2D>},
    {"SpatialDropout3D", make<SpatialDropout3D>},
    {"SpectralNormalization", make<SpectralNormalization>},
    {"StackedRNNCells", make<StackedRNNCells>},
    {"Subtract", make<Subtract>},
    {"TimeDistributed", make<TimeDistributed>},
    {"UnitNormalization", make<UnitNormalization>},
    {"UpSampling1D", make<UpSampling1D>},
    {"UpSampling2D", make<UpSampling2D>},
    {"UpSampling3D", make<UpSampling3D>},
    {"ZeroPadding1D", make<ZeroPadding1D>},
    {"ZeroPadding2D", make<ZeroPadding2D>},
    {"ZeroPadding3D", make<ZeroPadding3D>},
};

// Whether a class that is not registered was written, whatever it is called: Keras writes its name in place of the
// registered one, and no module or that of a program. Its own classes have modules of Keras.
bool is_ones_own(const Config& config) {
  const Config* const registered_name = config.find("registered_name");
  const Config* const module = config.find("module");
  if (!module || !registered_name || !registered_name->is_text()) return false;
  return !module->is_text() || module->text().find("keras") == std::string::npos;
}

}  // namespace

std::vector<std::string> library_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.emplace_back(entry.class_name);
  return names;
}

namespace {

Layer made_of(const Config& config) {
  const std::string& class_name = config.at("class_name").text();
  const Config& options = config.at("config");
  // Of "package>Class" the class.
  if (const CustomObject* own = custom_object_of(class_name.substr(class_name.find('>') + 1))) {
    return own->make(options);
  }
  // Keras's older format has the registered name in place of the class.
  const Config* registered_name = config.find("registered_name");
  const std::string& name = registered_name && registered_name->is_text() ? registered_name->text() : class_name;
  if (const Registered* own = registered_as(name)) return own->make(options);
  // "package>Class" is never one of the library's, whatever its class is called.
  if (name.find('>') != std::string::npos) {
    detail::throw_unknown_name("registered layer class", name, registered_names());
  }
  if (is_ones_own(config)) {
    throw ValueError("the class " + class_name + " is one's own: call register_layer<" + class_name +
                     ">() at the start of main, or give custom_objects, which has custom_object<" + class_name + ">()");
  }
  for (const Entry& entry : entries) {
    if (class_name == entry.class_name) return entry.make(options);
  }
  std::vector<std::string> known = registered_names(), own = library_names();
  known.insert(known.end(), own.begin(), own.end());
  detail::throw_unknown_name("layer class", class_name, known);
}

}  // namespace

Layer deserialize_unbuilt(const Config& config) {
  return detail::at_place(detail::name_in_config(config), [&] {
    if (is_operation(config)) return operation_of(config);
    return SharedLayersScope::read(config, [&] {
      const Layer made = made_of(config);
      made.impl().mark_read();
      return made;
    });
  });
}

Layer deserialize(const Config& config) {
  const Layer layer = deserialize_unbuilt(config);
  detail::at_place(detail::name_in_config(config), [&] { build_from_config(layer.impl(), config); });
  return layer;
}

Layer clone(const Layer& layer) {
  const WrittenLayers written;
  const Config config = serialize(layer);
  const SharedLayersScope shared(written.shared());
  const Layer copy = deserialize_unbuilt(config);
  pass_masks_as(layer, copy);
  return copy;
}

}  // namespace xtape::layers
