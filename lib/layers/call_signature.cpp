#include "layers/call_signature.hpp"

#include <algorithm>
#include <string>

#include "layers/operation.hpp"
#include "layers/registered.hpp"

namespace xtape::layers {
namespace {

struct Entry {
  std::vector<std::string_view> class_names;
  CallSignature signature;
};

// The classes whose calls are spelt otherwise than `call(inputs, mask, training)`.
const std::vector<Entry>& entries() {
  static const std::vector<Entry>& all = *new std::vector<Entry>{
      {{"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"},
       {{"sequences", "initial_state", "mask", "training"}}},
      {{"LSTMCell", "GRUCell", "StackedRNNCells"},
       {.arguments = {"inputs", "states", "training"}, .inputs = 2, .ends_in_list = true}},
      {{"SimpleRNNCell"}, {.arguments = {"sequence", "states", "training"}, .inputs = 2, .ends_in_list = true}},
      {{"MultiHeadAttention", "GroupQueryAttention"},
       {.arguments = {"query", "value", "key", "query_mask", "value_mask", "key_mask", "attention_mask",
                      "return_attention_scores", "training", "use_causal_mask"},
        .inputs = 3}},
      {{"Attention", "AdditiveAttention"},
       {.arguments = {"inputs", "mask", "training", "return_attention_scores", "use_causal_mask"},
        .ends_in_list = true}},
      {{"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"},
       {.arguments = {"inputs", "mask", "training"}, .ends_in_list = true}},
      {{"BatchNormalization", "TimeDistributed", "Functional", "Sequential"}, {{"inputs", "training", "mask"}}},
      {{"AlphaDropout", "Dense", "Dropout", "EinsumDense", "GaussianDropout", "GaussianNoise", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D", "SpectralNormalization"},
       {{"inputs", "training", "mask"}}},
      {{"RMSNormalization"}, {{"x", "mask", "training"}}},
  };
  return all;
}

}  // namespace

bool CallSignature::takes(std::string_view name) const {
  return is_open || std::find(arguments.begin(), arguments.end(), name) != arguments.end();
}

CallSignature call_signature(const LayerImpl& layer) {
  if (const auto* operation = dynamic_cast<const OperationImpl*>(&layer)) return operation->signature();
  const bool own = !is_of_the_library(layer.type());
  if (!own) {
    const std::string class_name = layer.class_name();
    for (const Entry& entry : entries()) {
      const auto& names = entry.class_names;
      if (std::find(names.begin(), names.end(), class_name) != names.end()) return entry.signature;
    }
  }
  return {.arguments = {"inputs", "mask", "training"}, .is_open = own};
}

bool is_flag_of_call(std::string_view name) {
  return name == "training" || name == "return_attention_scores" || name == "use_causal_mask";
}

}  // namespace xtape::layers
