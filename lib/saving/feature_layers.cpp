#include "saving/feature_layers.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>
#include <xtape/detail/element_places.hpp>
#include <xtape/models/model_impl.hpp>

#include "saving/einsum_kernel.hpp"

namespace xtape::saving {

using layers::LayerImpl;

namespace {

// By class, between spaces: layers that keep each element where it is.
constexpr std::string_view keep_elements =
    " Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise "
    "GroupNormalization Identity LayerNormalization LeakyReLU Masking PReLU RMSNormalization ReLU Softmax "
    "SpatialDropout1D SpatialDropout2D SpatialDropout3D UnitNormalization ";
// Those that take several inputs together, element by element.
constexpr std::string_view merge_elements = " Add Subtract Multiply Average Maximum Minimum ";

bool lists(std::string_view names, const std::string& name) {
  return names.find(' ' + name + ' ') != std::string_view::npos;
}

// "Conv2D" for "Conv" and "2D": what others call a ConvBlock may be anything.
bool is_one_of(std::string_view kind, std::initializer_list<std::string_view> beginnings) {
  if (!kind.ends_with('D') || kind.size() < 2 || kind[kind.size() - 2] < '1' || kind[kind.size() - 2] > '3')
    return false;
  return std::find(beginnings.begin(), beginnings.end(), kind.substr(0, kind.size() - 2)) != beginnings.end();
}

}  // namespace

bool keeps_elements(const LayerImpl& layer, const std::string& kind) {
  return lists(keep_elements, kind) || layers::element_places(layer) == layers::ElementPlaces::kept;
}

bool merges_elements(const LayerImpl& layer, const std::string& kind) {
  return lists(merge_elements, kind) || layers::element_places(layer) == layers::ElementPlaces::merged;
}

bool pools_all(std::string_view kind) { return is_one_of(kind, {"GlobalAveragePooling", "GlobalMaxPooling"}); }

bool changes_places(std::string_view kind) {
  return pools_all(kind) || is_one_of(kind, {"AveragePooling", "MaxPooling", "AdaptiveAveragePooling",
                                             "AdaptiveMaxPooling", "ZeroPadding", "Cropping", "UpSampling"});
}

bool is_convolution(std::string_view kind) {
  constexpr std::string_view transposed = "Transpose";
  if (kind.ends_with(transposed)) kind.remove_suffix(transposed.size());
  return is_one_of(kind, {"Conv", "DepthwiseConv", "SeparableConv"});
}

bool takes_steps_alike(const LayerImpl& layer, std::string_view kind) {
  if (kind == "EinsumDense") return einsum_kernel(layer).is_over_last;
  return kind == "Dense" || kind == "Embedding" || kind == "MultiHeadAttention" || kind == "GroupQueryAttention";
}

bool makes_features(const LayerImpl& layer) {
  const std::vector<layers::Variable> weights = layer.weights();
  return std::any_of(weights.begin(), weights.end(), [](const auto& weight) { return weight.value.rank() > 1; });
}

const LayerImpl& with_weights(const LayerImpl& layer) {
  if (layer.class_name() == "Bidirectional" || layer.parts().empty() || !layer.own_weights().empty()) return layer;
  return layer.parts().size() == 1 || layer.class_name() == "StackedRNNCells" ? with_weights(*layer.parts()[0]) : layer;
}

bool is_recurrent(const LayerImpl& layer) {
  return layer.class_name() == "Bidirectional" || with_weights(layer).class_name().ends_with("Cell");
}

bool is_container(const LayerImpl& layer) {
  return !layer.parts().empty() && !is_recurrent(layer) && layer.class_name() != "SpectralNormalization";
}

bool has_graph(LayerImpl& layer) {
  auto* const model = dynamic_cast<models::ModelImpl*>(&layer);
  return model && layer.built() && (layer.class_name() == "Sequential" || model->has_graph());
}

}  // namespace xtape::saving
