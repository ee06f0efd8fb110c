#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/input_layer.hpp>
#include <xtape/layers/registry.hpp>
#include <xtape/layers/symbolic_call.hpp>
#include <xtape/layers/time_distributed.hpp>
#include <xtape/mask.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/ops/reduction.hpp>

#include "core/fork_safe_mutex.hpp"
#include "layers/call_losses.hpp"
#include "layers/call_types.hpp"
#include "layers/lone_output.hpp"
#include "layers/recurrent.hpp"
#include "layers/registered.hpp"

namespace xtape::layers {
namespace {

// Whether a layer computes each sample of a batch by itself, so that the steps of sequences may be the samples of one
// batch.
enum class Apart { never, outside_of_training, always };

// Of the library's own classes, by name, between spaces; containers are as the layers in them.
constexpr std::string_view apart_outside_of_training =
    " AlphaDropout BatchNormalization Dropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D "
    "SpatialDropout3D SpectralNormalization ";
constexpr std::string_view always_apart =
    " Activation AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D "
    "AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention Attention Average AveragePooling1D "
    "AveragePooling2D AveragePooling3D "
    "Bidirectional Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D "
    "ConvLSTM3D ConvLSTMCell Cropping1D Cropping2D Cropping3D Dense DepthwiseConv1D DepthwiseConv2D ELU Embedding "
    "Flatten Functional GRU GRUCell GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity "
    "InputLayer LSTM LSTMCell "
    "LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention "
    "Multiply PReLU Permute RMSNormalization RNN ReLU RepeatVector Reshape SeparableConv1D SeparableConv2D Sequential "
    "SimpleRNN SimpleRNNCell Softmax StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D "
    "UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D ";

bool lists(std::string_view names, const std::string& name) {
  return names.find(' ' + name + ' ') != std::string_view::npos;
}

Apart apart_by_name(const LayerImpl& layer) {
  if (!is_of_the_library(layer.type())) return Apart::never;
  const std::string name = layer.class_name();
  if (lists(always_apart, name)) return Apart::always;
  return lists(apart_outside_of_training, name) ? Apart::outside_of_training : Apart::never;
}

// Names of classes take longer to find than small layers to compute.
Apart apart_by_type(const LayerImpl& layer) {
  static core::ForkSafeMutex& mutex =
      *new core::ForkSafeMutex;  // neither is destroyed: layers may be called at the end
  static auto& known = *new std::unordered_map<std::type_index, Apart>;
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = known.try_emplace(layer.type(), Apart::never);
  if (is_new) entry->second = apart_by_name(layer);
  return entry->second;
}

bool computes_apart(const LayerImpl& layer, bool training) {
  const Apart apart = apart_by_type(layer);
  if (apart == Apart::never || (training && apart == Apart::outside_of_training)) return false;
  const auto* recurrent = dynamic_cast<const RecurrentImpl*>(&layer);
  if (recurrent && recurrent->settings().stateful) return false;
  return std::all_of(layer.parts().begin(), layer.parts().end(),
                     [&](const auto& part) { return computes_apart(*part, training); });
}

class TimeDistributedImpl : public LayerImpl, public TellsOutputTypes {
 public:
  TimeDistributedImpl(const Layer& layer, TimeDistributedOptions given)
      : LayerImpl({given.name, given.trainable, layer.dtype(), given.input_shape}),
        given_(std::move(given)),
        layer_(layer) {
    keeps_input_types();  // the layer converts them, to its type if it has one
  }

  void fields(Fields& f) override {
    given_.fields(f);
    Config layer = with_lone_output(serialize(layer_));
    f("layer", layer);
  }

  std::optional<std::string> place_of_part(std::size_t) const override { return "layer"; }

  void build(const Shape& input_shape) override {
    const Shape shape = one_step(input_shape);
    of_steps(input_shape, [&] { layer_.impl().connect(shape); });
  }

  Tensor call(const Tensor& x) {
    // One of whole samples says nothing about steps.
    const Tensor given = mask(), steps = given.defined() && given.rank() > 1 ? given : Tensor();
    if (x.shape(1) == 0) throw ShapeError("expected at least 1 step, given " + x.shape().str());
    // As in Keras, which does not call the layer as others do: its own penalty of activities is never added.
    const NoActivityLoss no_activity_loss(layer_.impl());
    return of_steps(x.shape(), [&] {
      return x.shape(0) > 0 && computes_apart(layer_.impl(), training()) ? at_once(x, steps) : one_by_one(x, steps);
    });
  }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override {
    return mask.rank() > 2 ? any(mask.flatten(2), -1) : mask;
  }

  Shape compute_output_shape(const Shape& input_shape) override {
    Shape shape = layer_.compute_output_shape(one_step(input_shape));
    shape.insert(1, input_shape[1]);
    return shape;
  }

  std::vector<DType> output_dtypes(const Arguments<Symbol>& arguments) override {
    const Symbol& x = arguments.inputs.front();
    const auto step =
        SymbolicCall::make(InputLayer({1}, {.name = "step"}).impl(), {}, {one_step(x.shape())}, {x.dtype()});
    return layers::output_dtypes(layer_.impl(), {.inputs = step->outputs()}, 1);
  }

  const Layer& layer() const { return layer_; }

 protected:
  void check_input(const Shape& shape) const override { one_step(shape); }

 private:
  static Shape one_step(const Shape& shape) {
    if (shape.rank() < 3) {
      throw ShapeError("expected inputs [batch, time, ...] of at least 3 dimensions, given " + shape.str() +
                       question_of_steps(shape, 3));
    }
    return step_shape(shape);
  }

  Tensor at_once(const Tensor& x, const Tensor& steps) const {
    const StepsAsSamples scope(x.shape(1));
    const Tensor all = join_steps(x);
    const Tensor y = layer_(steps.defined() ? with_mask(all, join_steps(steps)) : all);
    return part_steps(y, x.shape(0), x.shape(1));
  }

  Tensor one_by_one(const Tensor& x, const Tensor& steps) const {
    std::vector<Tensor> outputs;
    for (int64_t t = 0; t < x.shape(1); ++t) {
      const Tensor step = x.select(1, t);
      outputs.push_back(layer_(steps.defined() ? with_mask(step, steps.select(1, t)) : step));
    }
    return stack(outputs, 1);
  }

  TimeDistributedOptions given_;
  const Layer layer_;
};

}  // namespace

void TimeDistributedOptions::fields(Fields& f) { f("name", name)("trainable", trainable); }

TimeDistributed::TimeDistributed(const Layer& layer, TimeDistributedOptions options)
    : Layer(make_layer<TimeDistributedImpl>(layer, std::move(options))) {}

Layer TimeDistributed::layer() const { return implementation_of<TimeDistributedImpl>(*this).layer(); }

}  // namespace xtape::layers
