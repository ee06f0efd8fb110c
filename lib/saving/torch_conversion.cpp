#include "saving/torch_conversion.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <xtape/autograd.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/indexing.hpp>
#include <xtape/ops/manipulation.hpp>

#include "saving/einsum_kernel.hpp"

namespace xtape::saving {
namespace {

using layers::LayerImpl;
using layers::Variable;
// Nothing for a tensor that has other axes than the weight needs.
using Converted = std::optional<Tensor>;

// Not of a recurrent one, which PyTorch does not have.
bool is_convolution(std::string_view kind) { return kind.starts_with("Conv") && !kind.starts_with("ConvLSTM"); }

bool has_kernel(std::string_view kind) {
  return kind == "Dense" || kind == "EinsumDense" || is_convolution(kind) || kind.starts_with("DepthwiseConv");
}

// What PyTorch calls a weight of a layer of that class.
std::string torch_name(const std::string& kind, const std::string& weight) {
  if (kind == "BatchNormalization" && weight == "moving_mean") return "running_mean";
  if (kind == "BatchNormalization" && weight == "moving_variance") return "running_var";
  const bool normalizes = kind == "BatchNormalization" || kind == "LayerNormalization" || kind == "GroupNormalization";
  if (normalizes && weight == "gamma") return "weight";
  if (normalizes && weight == "beta") return "bias";
  if ((kind == "RMSNormalization" && weight == "scale") || (kind == "PReLU" && weight == "alpha") ||
      (kind == "Embedding" && weight == "embeddings") || (has_kernel(kind) && weight == "kernel")) {
    return "weight";
  }
  return weight;
}

// [a, b, places...] -> [places..., b, a].
Tensor with_places_first(const Tensor& x) {
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end() - 2, 2);
  axes[axes.size() - 2] = 1;
  axes[axes.size() - 1] = 0;
  return x.permute(axes);
}

// [channels, places...] -> [places..., channels].
Tensor with_channels_last(const Tensor& x) {
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end() - 1, 1);
  axes.back() = 0;
  return x.permute(axes);
}

// [in * multiplier, 1, places...] -> [places..., in, multiplier].
Converted depthwise(const Tensor& x, const Shape& shape) {
  const int64_t channels = shape[shape.rank() - 2], multiplier = shape.back();
  if (x.rank() != shape.rank() || x.shape(1) != 1 || x.shape(0) != channels * multiplier) return std::nullopt;
  Shape apart = x.shape();
  apart[0] = channels;
  apart[1] = multiplier;
  return with_places_first(x.reshape(apart).transpose(0, 1));
}

// As that weight of the layer has it.
Converted converted(const LayerImpl& layer, const Variable& variable, const Tensor& x) {
  const std::string kind = layer.class_name();
  const std::string& name = variable.name;
  const Shape& shape = variable.value.shape();
  if (kind == "PReLU" && name == "alpha") {
    const bool is_one = x.numel() == 1, is_last = x.rank() == 1 && x.shape(0) == shape.back();
    if (is_one || is_last) return broadcast_to(x.reshape({x.numel()}), shape);
    return std::nullopt;
  }
  if (x.rank() != shape.rank()) return std::nullopt;
  if (kind == "LayerNormalization" && x.rank() > 2) return with_channels_last(x);
  if (name == "depthwise_kernel" || (kind.starts_with("DepthwiseConv") && name == "kernel")) return depthwise(x, shape);
  const bool is_kernel = (has_kernel(kind) && name == "kernel") || name == "pointwise_kernel";
  if (is_kernel && x.rank() < 2) return std::nullopt;
  if (is_kernel && kind == "EinsumDense") {
    const EinsumKernel kernel = einsum_kernel(layer);
    if (!kernel.is_linear) return std::nullopt;
    if (kernel.makes_first) return x;
  }
  // [out, in, places...], of transposed convolutions [in, out, places...]: each the other way round here.
  return is_kernel ? with_places_first(x) : x;
}

bool is_cell(std::string_view kind) { return kind == "LSTMCell" || kind == "GRUCell" || kind == "SimpleRNNCell"; }

// The axes of a weight along which the features lie that its layer takes and returns.
struct FeatureAxes {
  std::optional<int> taken = std::nullopt, returned = std::nullopt;
};

// Nothing for weights that cannot be put in order.
std::optional<FeatureAxes> feature_axes(const LayerImpl& layer, const Variable& variable) {
  const std::string kind = layer.class_name();
  const std::string& name = variable.name;
  const int rank = variable.value.rank();
  const bool is_kernel = name == "kernel";
  if (kind == "BatchNormalization" || kind == "LayerNormalization" || kind == "RMSNormalization" || kind == "PReLU") {
    return rank == 1 ? std::optional(FeatureAxes{0, 0}) : std::nullopt;
  }
  if (kind == "EinsumDense") {
    const EinsumKernel kernel = einsum_kernel(layer);
    if (!kernel.is_over_last) return std::nullopt;
    if (is_kernel) return kernel.makes_first ? FeatureAxes{1, 0} : FeatureAxes{0, 1};
    return FeatureAxes{std::nullopt, rank - 1};
  }
  if (kind == "Dense") return is_kernel ? FeatureAxes{0, 1} : FeatureAxes{std::nullopt, rank - 1};
  if (is_convolution(kind)) {
    if (!is_kernel) return FeatureAxes{std::nullopt, 0};
    if (kind.ends_with("Transpose")) return FeatureAxes{rank - 1, rank - 2};
    // In groups the channels of one group alone lie along that axis.
    const bool is_in_groups = variable.value.shape(rank - 2) != layer.build_shape().back();
    return is_in_groups ? std::nullopt : std::optional(FeatureAxes{rank - 2, rank - 1});
  }
  if (is_cell(kind)) return is_kernel ? FeatureAxes{0, std::nullopt} : FeatureAxes();
  if (kind == "MultiHeadAttention") {
    if (name == "attention_output/kernel" || name == "attention_output/bias")
      return FeatureAxes{std::nullopt, rank - 1};
    return name.ends_with("/kernel") ? FeatureAxes{0, std::nullopt} : FeatureAxes();
  }
  // One weight for each feature, of a layer of one's own.
  const bool is_known = kind == "GroupNormalization" || kind.find("Conv") != std::string::npos;
  const bool is_by_feature = layer.built() && rank == 1 && variable.value.shape(0) == layer.build_shape().back();
  return !is_known && is_by_feature ? std::optional(FeatureAxes{0, 0}) : std::nullopt;
}

// The layer whose weights lie along the features that are taken; those of both directions lie alike.
const LayerImpl& taker_of(const WeightedLayer& layer) {
  const LayerImpl* taker = layer.inner;
  while (taker->own_weights().empty() && !taker->parts().empty()) taker = taker->parts()[0].get();
  return *taker;
}

std::optional<int64_t> features(const LayerImpl& layer, std::optional<int> FeatureAxes::*which) {
  std::optional<int64_t> length;
  for (const Variable& variable : layer.own_weights()) {
    const std::optional<FeatureAxes> axes = feature_axes(layer, variable);
    // None of them, rather than a part.
    if (!axes) return std::nullopt;
    if (!length && (*axes).*which) length = variable.value.shape(*((*axes).*which));
  }
  return length;
}

Tensor taken_by(const Tensor& x, std::optional<int> axis, const FeatureIndex& index) {
  if (!axis || index.empty()) return x;
  return take(x, tensor(index), *axis);
}

// The weight, which is as the layer has it, with its features in the order here.
Tensor in_order(const LayerImpl& layer, const Variable& variable, const Tensor& x, const FeatureIndices& indices) {
  const std::optional<FeatureAxes> axes = feature_axes(layer, variable);
  if (!axes) return x;
  // Of a layer that keeps features where they are both are the same.
  const bool is_one_axis = axes->taken && axes->taken == axes->returned;
  const Tensor taken = taken_by(x, axes->taken, indices.inputs);
  return is_one_axis && !indices.inputs.empty() ? taken : taken_by(taken, axes->returned, indices.outputs);
}

class Conversion {
 public:
  Conversion(const TorchModule& module, const WeightedLayer& layer, const FeatureIndices& indices, WeightsPlan& plan)
      : module_(module), layer_(layer), indices_(indices), plan_(plan) {}

  void run() {
    const LayerImpl& layer = *layer_.inner;
    const std::string kind = layer.class_name();
    if (const std::string refusal = refusal_of(layer_); !refusal.empty()) {
      return plan_.note("other layer: " + layer_.path + ": " + refusal);
    }
    if (kind == "Bidirectional") {
      both_directions(layer);
    } else if (is_cell(kind)) {
      recurrent(layer, layer_.path, "");
    } else if (kind == "MultiHeadAttention") {
      attention();
    } else {
      one_by_one(layer);
    }
    for (const auto& [name, tensor] : module_.tensors) {
      if (!used_.contains(name)) plan_.note_extra(full_name(module_, name), tensor.shape());
    }
  }

 private:
  const Tensor* take(const std::string& name) {
    used_.insert(name);
    return module_.tensors.find(name);
  }

  // `owner`: the layer that has the weight.
  void set(const LayerImpl& owner, const std::string& place, const Variable& variable, const std::string& from,
           const std::function<Converted(const Tensor&)>& convert) {
    const Tensor* const tensor = take(from);
    const std::string names = place + '/' + variable.name + " from " + full_name(module_, from);
    if (!tensor) return plan_.note_missing(names, variable.value.shape());
    set(owner, names, variable, *tensor, convert(*tensor));
  }
  void set(const LayerImpl& owner, const std::string& names, const Variable& variable, const Tensor& tensor,
           const Converted& value) {
    if (value && value->shape() == variable.value.shape()) {
      return plan_.assign(names, variable.value, in_order(owner, variable, *value, indices_));
    }
    std::string text = "other shape: " + names + ": the model has " + variable.value.shape().str() + ", the file " +
                       tensor.shape().str();
    if (value && value->shape() != tensor.shape()) text += ", which is " + value->shape().str() + " here";
    if (owner.class_name() == "EinsumDense" && variable.name == "kernel" && !einsum_kernel(owner).is_linear) {
      text += ": the kernel of an EinsumDense that computes something else than a Linear";
    }
    plan_.note(text + groups_text(owner, variable, value));
  }

  // What a kernel of a transposed convolution in groups lacks.
  static std::string groups_text(const LayerImpl& owner, const Variable& variable, const Converted& value) {
    const std::string kind = owner.class_name();
    if (!kind.ends_with("Transpose") || variable.name != "kernel" || !value) return "";
    const Shape &shape = variable.value.shape(), &found = value->shape();
    const int out = shape.rank() - 2;
    const bool is_in_groups =
        found.back() == shape.back() && found[out] > 0 && found[out] < shape[out] && shape[out] % found[out] == 0;
    if (!is_in_groups) return "";
    return ": a transposed convolution in " + std::to_string(shape[out] / found[out]) + " groups, which " + kind +
           " has not";
  }

  void one_by_one(const LayerImpl& layer) {
    for (const Variable& variable : layer.own_weights()) {
      set(layer, layer_.path, variable, torch_name(layer.class_name(), variable.name),
          [&](const Tensor& x) { return converted(layer, variable, x); });
    }
  }

  void both_directions(const LayerImpl& layer) {
    for (std::size_t i = 0; i < layer.parts().size(); ++i) {
      const LayerImpl& direction = *layer.parts()[i];
      const LayerImpl& cell = direction.parts().empty() ? direction : *direction.parts()[0];
      recurrent(cell, layer_.path + '/' + direction.name(), i == 0 ? "" : "_reverse");
    }
  }

  // Gates are one below the other in PyTorch: i, f, g, o of LSTM as here, r, z, n of GRU, which are z, r, h here.
  void recurrent(const LayerImpl& cell, const std::string& path, const std::string& direction) {
    const bool is_gru = cell.class_name() == "GRUCell";
    const bool is_of_a_cell = module_.tensors.find("weight_ih") != nullptr;
    const std::string end = is_of_a_cell ? direction : "_l" + std::to_string(module_.layer) + direction;
    const auto in_order = [is_gru](const Tensor& x) -> Converted {
      if (!is_gru) return x;
      if (x.rank() == 0 || x.shape(0) % 3 != 0) return std::nullopt;
      const std::vector<Tensor> gates = split(x, 3);
      return concatenate({gates[1], gates[0], gates[2]});
    };
    const auto kernel = [&](const Tensor& x) -> Converted {
      const Converted ordered = in_order(x);
      if (!ordered || x.rank() != 2) return std::nullopt;
      return ordered->transpose();
    };
    for (const Variable& variable : cell.own_weights()) {
      if (variable.name == "kernel") {
        set(cell, path, variable, "weight_ih" + end, kernel);
      } else if (variable.name == "recurrent_kernel") {
        set(cell, path, variable, "weight_hh" + end, kernel);
      } else {
        const Tensor* const other = take("bias_hh" + end);
        if (!other) {
          plan_.note_missing(path + "/bias from " + full_name(module_, "bias_hh" + end), variable.value.shape());
        }
        set(cell, path, variable, "bias_ih" + end, [&](const Tensor& x) -> Converted {
          const Converted one = in_order(x), two = other ? in_order(*other) : one;
          if (!one || !two || one->rank() != 1 || one->shape() != two->shape()) return std::nullopt;
          return is_gru ? stack({*one, *two}) : *one + *two;
        });
      }
    }
  }

  // Heads are one below the other in the rows of a projection.
  void attention() {
    for (const Variable& variable : layer_.inner->own_weights()) {
      const std::string projection = variable.name.substr(0, variable.name.find('/'));
      const bool is_kernel = variable.name.ends_with("/kernel");
      const Shape& shape = variable.value.shape();
      if (projection == "attention_output") {
        set(*layer_.inner, layer_.path, variable, is_kernel ? "out_proj.weight" : "out_proj.bias",
            [&](const Tensor& x) -> Converted {
              if (!is_kernel) return x;
              if (x.rank() != 2 || shape.rank() != 3 || x.shape() != Shape{shape[2], shape[0] * shape[1]}) {
                return std::nullopt;
              }
              return x.transpose().reshape(shape);
            });
        continue;
      }
      const std::size_t place = projection == "query" ? 0 : projection == "key" ? 1 : projection == "value" ? 2 : 3;
      const std::string own = std::string(1, projection[0]) + "_proj_weight";
      const bool is_apart = is_kernel && module_.tensors.find(own);
      const std::string from = is_apart ? own : is_kernel ? "in_proj_weight" : "in_proj_bias";
      set(*layer_.inner, layer_.path, variable, place == 3 ? variable.name : from, [&](const Tensor& x) -> Converted {
        if (place == 3 || x.rank() != (is_kernel ? 2 : 1) || (!is_apart && x.shape(0) % 3 != 0)) return std::nullopt;
        const Tensor part = is_apart ? x : split(x, 3)[place];
        const Shape expected = is_kernel ? Shape{shape[1] * shape[2], shape[0]} : Shape{shape.numel()};
        if (part.shape() != expected) return std::nullopt;
        return (is_kernel ? part.transpose() : part).reshape(shape);
      });
    }
  }

  const TorchModule& module_;
  const WeightedLayer& layer_;
  const FeatureIndices& indices_;
  WeightsPlan& plan_;
  std::unordered_set<std::string> used_;
};

}  // namespace

std::string refusal_of(const WeightedLayer& layer) {
  const bool goes_both_ways = layer.inner->class_name() == "Bidirectional";
  const LayerImpl* cell = layer.inner;
  if (goes_both_ways) {
    const LayerImpl& direction = *layer.inner->parts()[0];
    cell = direction.parts().empty() ? &direction : direction.parts()[0].get();
  }
  const std::string kind = cell->class_name();
  if (goes_both_ways && kind == "StackedRNNCells") {
    return "PyTorch has no Bidirectional of a StackedRNNCells, for its directions meet between layers: take one "
           "Bidirectional for each layer";
  }
  if (goes_both_ways && !is_cell(kind)) return "PyTorch has no Bidirectional of a " + kind;
  if (kind != "GRUCell") return "";
  const std::vector<Variable> variables = cell->own_weights();
  const auto bias =
      std::find_if(variables.begin(), variables.end(), [](const auto& each) { return each.name == "bias"; });
  const bool resets_after =
      bias == variables.end() ? cell->get_config().at("reset_after").boolean() : bias->value.rank() == 2;
  return resets_after ? "" : "a GRU computes what PyTorch's does with reset_after = true alone";
}

std::optional<int64_t> features_taken(const WeightedLayer& layer) {
  return features(taker_of(layer), &FeatureAxes::taken);
}
std::optional<int64_t> features_returned(const WeightedLayer& layer) {
  return features(*layer.inner, &FeatureAxes::returned);
}

void plan_torch_module(const TorchModule& module, const WeightedLayer& layer, const FeatureIndices& indices,
                       WeightsPlan& plan) {
  const NoGrad no_grad;
  Conversion(module, layer, indices, plan).run();
}

void plan_torch_tensor(const std::string& tensor_name, const Tensor& tensor, const WeightedLayer& layer,
                       const Variable& variable, const FeatureIndices& indices, WeightsPlan& plan) {
  const NoGrad no_grad;
  const std::string kind = layer.inner->class_name();
  // Their weights are made of several tensors, or of parts of one.
  if (is_cell(kind) || kind == "Bidirectional" || kind == "MultiHeadAttention") {
    return plan.note("other layer: " + layer.path + '/' + variable.name + " from " + tensor_name +
                     ": the weights of a " + layer.outer->class_name() +
                     " are not single tensors in PyTorch: name the module and the layer");
  }
  const Shape& shape = variable.value.shape();
  const Converted value = converted(*layer.inner, variable, tensor);
  if (value && value->shape() == shape) {
    plan.assign(variable.name, variable.value, in_order(*layer.inner, variable, *value, indices));
  } else {
    plan.note("other shape: " + layer.path + '/' + variable.name + " from " + tensor_name + ": the model has " +
              shape.str() + ", the file " + tensor.shape().str());
  }
}

bool fits(const TorchModule& module, const WeightedLayer& layer) {
  WeightsPlan plan;
  plan_torch_module(module, layer, {}, plan);
  return plan.is_right();
}

}  // namespace xtape::saving
