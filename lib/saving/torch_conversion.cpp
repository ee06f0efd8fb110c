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
#include <xtape/ops/manipulation.hpp>

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

// As the weight `name`, of that shape, of a layer of that class has it.
Converted converted(const std::string& kind, const std::string& name, const Tensor& x, const Shape& shape) {
  if (kind == "PReLU" && name == "alpha") {
    const bool is_one = x.numel() == 1, is_last = x.rank() == 1 && x.shape(0) == shape.back();
    if (is_one || is_last) return broadcast_to(x.reshape({x.numel()}), shape);
    return std::nullopt;
  }
  if (x.rank() != shape.rank()) return std::nullopt;
  if (kind == "LayerNormalization" && x.rank() > 2) return with_channels_last(x);
  if (name == "depthwise_kernel" || (kind.starts_with("DepthwiseConv") && name == "kernel")) return depthwise(x, shape);
  const bool is_kernel = (has_kernel(kind) && name == "kernel") || name == "pointwise_kernel";
  if (is_kernel && (x.rank() < 2 || (kind == "EinsumDense" && x.rank() > 2))) return std::nullopt;
  // [out, in, places...], of transposed convolutions [in, out, places...]: each the other way round here.
  return is_kernel ? with_places_first(x) : x;
}

// The axis of x, whose elements are channels first, with them last.
Tensor reordered(const Tensor& x, int axis, const Shape& image) {
  if (image.rank() < 2 || axis >= x.rank() || x.shape(axis) != image.numel()) return x;
  Shape apart(x.shape().begin(), x.shape().begin() + axis);
  for (const int64_t length : image) apart.push_back(length);
  for (int other = axis + 1; other < x.rank(); ++other) apart.push_back(x.shape(other));
  std::vector<int> axes(static_cast<std::size_t>(apart.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  std::rotate(axes.begin() + axis, axes.begin() + axis + 1, axes.begin() + axis + image.rank());
  return x.reshape(apart).permute(axes).reshape(x.shape());
}

class Conversion {
 public:
  Conversion(const TorchModule& module, const WeightedLayer& layer, const Images& images, WeightsPlan& plan)
      : module_(module), layer_(layer), images_(images), plan_(plan) {}

  void run() {
    const LayerImpl& layer = *layer_.inner;
    const std::string kind = layer.class_name();
    check_images();
    if (kind == "Bidirectional") {
      for (std::size_t i = 0; i < layer.parts().size(); ++i) {
        const LayerImpl& direction = *layer.parts()[i];
        const LayerImpl& cell = direction.parts().empty() ? direction : *direction.parts()[0];
        recurrent(cell, layer_.path + '/' + direction.name(), i == 0 ? "" : "_reverse");
      }
    } else if (kind == "LSTMCell" || kind == "GRUCell" || kind == "SimpleRNNCell") {
      recurrent(layer, layer_.path, "");
    } else if (kind == "MultiHeadAttention") {
      attention();
    } else {
      one_by_one(kind);
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

  void set(const std::string& place, const Variable& variable, const std::string& from,
           const std::function<Converted(const Tensor&)>& convert) {
    const Tensor* const tensor = take(from);
    const std::string names = place + '/' + variable.name + " from " + full_name(module_, from);
    if (!tensor) return plan_.note_missing(names, variable.value.shape());
    set(names, variable, *tensor, convert(*tensor));
  }
  void set(const std::string& names, const Variable& variable, const Tensor& tensor, const Converted& value) {
    if (value && value->shape() == variable.value.shape()) return plan_.assign(names, variable.value, *value);
    std::string text = "other shape: " + names + ": the model has " + variable.value.shape().str() + ", the file " +
                       tensor.shape().str();
    if (value && value->shape() != tensor.shape()) text += ", which is " + value->shape().str() + " here";
    plan_.note(text);
  }

  // Whether the images have as many elements as the layer has features.
  void check_images() {
    const auto check = [this](const char* option, const Shape& image, int64_t features) {
      if (image.empty() || (features >= 0 && image.numel() == features)) return;
      plan_.note("other image: " + layer_.path + " from " + module_.name + ": " + option + " is " + image.str() +
                 (features < 0 ? ", for a layer without features" : ", for " + std::to_string(features) + " features"));
    };
    const std::vector<Variable> variables = layer_.inner->own_weights();
    const bool has_features = may_have_images(layer_) && !variables.empty();
    const Shape shape = has_features ? variables[0].value.shape() : Shape{-1};
    check("flattened", images_.flattened, shape[0]);
    check("unflattened", images_.unflattened, shape.back());
  }

  void one_by_one(const std::string& kind) {
    for (const Variable& variable : layer_.inner->own_weights()) {
      const Shape& shape = variable.value.shape();
      set(layer_.path, variable, torch_name(kind, variable.name), [&](const Tensor& x) {
        Converted value = converted(kind, variable.name, x, shape);
        if (!value || value->shape() != shape) return value;
        if (kind == "Dense" && variable.name == "kernel") {
          return Converted(reordered(reordered(*value, 0, images_.flattened), 1, images_.unflattened));
        }
        if (kind == "Dense") return Converted(reordered(*value, 0, images_.unflattened));
        if (value->rank() != 1 || !may_have_images(layer_)) return value;
        return Converted(reordered(*value, 0, images_.flattened.empty() ? images_.unflattened : images_.flattened));
      });
    }
  }

  // Gates are one below the other in PyTorch: i, f, g, o of LSTM as here, r, z, n of GRU, which are z, r, h here.
  void recurrent(const LayerImpl& cell, const std::string& path, const std::string& direction) {
    const bool is_gru = cell.class_name() == "GRUCell";
    const bool is_cell = module_.tensors.find("weight_ih") != nullptr;
    const std::string end = is_cell ? direction : "_l" + std::to_string(module_.layer) + direction;
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
        set(path, variable, "weight_ih" + end, kernel);
      } else if (variable.name == "recurrent_kernel") {
        set(path, variable, "weight_hh" + end, kernel);
      } else if (is_gru && variable.value.rank() == 1) {
        take("bias_ih" + end);
        take("bias_hh" + end);
        plan_.note("other layer: " + path + ": a GRU computes what PyTorch's does with reset_after = true alone");
      } else {
        const Tensor* const other = take("bias_hh" + end);
        if (!other) {
          plan_.note_missing(path + "/bias from " + full_name(module_, "bias_hh" + end), variable.value.shape());
        }
        set(path, variable, "bias_ih" + end, [&](const Tensor& x) -> Converted {
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
        set(layer_.path, variable, is_kernel ? "out_proj.weight" : "out_proj.bias", [&](const Tensor& x) -> Converted {
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
      set(layer_.path, variable, place == 3 ? variable.name : from, [&](const Tensor& x) -> Converted {
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
  const Images& images_;
  WeightsPlan& plan_;
  std::unordered_set<std::string> used_;
};

}  // namespace

bool may_have_images(const WeightedLayer& layer) {
  const std::string kind = layer.inner->class_name();
  const bool is_flat = layer.outer == layer.inner && !weights_of(layer).empty();
  return is_flat && (kind == "Dense" || ((kind == "BatchNormalization" || kind == "LayerNormalization" ||
                                          kind == "RMSNormalization" || kind == "PReLU") &&
                                         weights_of(layer)[0].value.rank() == 1));
}

void plan_torch_module(const TorchModule& module, const WeightedLayer& layer, const Images& images, WeightsPlan& plan) {
  const NoGrad no_grad;
  Conversion(module, layer, images, plan).run();
}

void plan_torch_tensor(const std::string& tensor_name, const Tensor& tensor, const WeightedLayer& layer,
                       const Variable& variable, WeightsPlan& plan) {
  const NoGrad no_grad;
  const Shape& shape = variable.value.shape();
  const Converted value = converted(layer.inner->class_name(), variable.name, tensor, shape);
  if (value && value->shape() == shape) {
    plan.assign(variable.name, variable.value, *value);
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
