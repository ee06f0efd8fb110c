#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/detail/reference.hpp>
#include <xtape/dtype.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/variable.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape {
class Fields;
}

namespace xtape::layers {

class LayerImpl;
class Layer;

/// For the library's own use.
XTAPE_API void release_last(LayerImpl* layer) noexcept;

/// A part of a model: a function of tensors with weights of its own.
///
/// A Layer is a handle of one pointer; a copy is the same layer, as in Python, and every kind of layer (Dense,
/// Sequential, one of your own) is one:
/// ```
/// Dense d(64);
/// model.add(d);
/// const Tensor y = d(x);                    // one layer, one set of weights
/// std::vector<Layer> parts{Dense(4), d};
/// ```
/// What a layer does is a LayerImpl (layer_impl.hpp), which is also where a layer of one's own begins.
///
/// Beside the errors that each layer names, constructors throw ValueError for a length in `input_shape` that is neither
/// positive nor -1, and DTypeError for a `dtype` that is not floating. The first call throws ShapeError for inputs of
/// which a layer cannot make its weights (other dimensions than it takes, or a last length that is unknown or 0), and
/// ValueError for an initializer that is null.
class XTAPE_API Layer {
 public:
  // There is no layer that is none: what is moved from stays what it was.
  Layer(const Layer& other) noexcept;
  Layer& operator=(const Layer& other) noexcept;
  ~Layer();
  Layer(const LayerImpl&) = delete;  // no layer yet: write `using Scale = Handle<ScaleImpl>;`, then Scale()

  /// Applies the layer to a batch; the first call builds it. Errors get the names of the layers that they came through:
  /// `sequential/dense_1: ...`.
  /// @throws ShapeError for another rank or last length than the layer was built for; ValueError for an undefined
  /// input, if the layer returns an undefined tensor, takes or returns another number of tensors than one, or is called
  /// inside of a layer that it is no part of, though it has weights.
  Tensor operator()(const Tensor& x, CallOptions options = {}) const;
  /// The same for a layer of several inputs: `Add()({a, b})`.
  Tensor operator()(const std::vector<Tensor>& inputs, CallOptions options = {}) const;
  /// All outputs of a layer that returns several.
  std::vector<Tensor> call_all(const std::vector<Tensor>& inputs, CallOptions options = {}) const;
  /// The same where their number is known: `auto [mean, log_var] = encoder.call<2>({x});`.
  /// @throws ValueError for another number.
  template <std::size_t count>
  std::array<Tensor, count> call(const std::vector<Tensor>& inputs, CallOptions options = {}) const {
    const std::vector<Tensor> all = call_all(inputs, options);
    check_count(all.size(), count);
    std::array<Tensor, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = all[i];
    return result;
  }

  /// The same for symbols (symbol.hpp): what becomes a step of a functional model. The layer is built by the first
  /// call.
  /// @throws ValueError, ShapeError as for tensors.
  Symbol operator()(const Symbol& x, CallOptions options = {}) const;
  Symbol operator()(const std::vector<Symbol>& inputs, CallOptions options = {}) const;
  std::vector<Symbol> call_all(const std::vector<Symbol>& inputs, CallOptions options = {}) const;
  template <std::size_t count>
  std::array<Symbol, count> call(const std::vector<Symbol>& inputs, CallOptions options = {}) const {
    const std::vector<Symbol> all = call_all(inputs, options);
    check_count(all.size(), count);
    std::array<Symbol, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = all[i];
    return result;
  }
  /// What the layer took when it was first called on symbols, as in Keras. @throws ValueError if it was not, or took
  /// several.
  Symbol input() const;
  /// What it took in that call, counted from 0. @throws ValueError if there is no such call or it took several.
  Symbol input(std::size_t node) const;
  /// What the layer returned when it was first called on symbols, as in Keras. @throws ValueError if it was not, or
  /// returns several.
  Symbol output() const;
  /// What it returned in that call, counted from 0. @throws ValueError if there is no such call or it returned several.
  Symbol output(std::size_t node) const;

  /// Makes the weights for inputs of that shape, in which -1 stands for an unknown length (the batch), unless they are
  /// made. The first call does so by itself; threads may come at the same time.
  void build(const Shape& input_shape) const;
  bool built() const;
  /// The shape that the layer was built for, with -1 for the batch; empty before.
  const Shape& build_shape() const;
  /// The shape of the output for inputs of that shape; -1 stands for an unknown length.
  Shape compute_output_shape(const Shape& input_shape) const;
  /// The shape of one sample that the layer was told at construction (`input_shape`); empty if none.
  const Shape& input_shape() const;

  /// The name given, or Keras's automatic one: dense, dense_1, ...
  const std::string& name() const;
  /// Keras's name of its class: "Dense".
  std::string class_name() const;
  /// The type of the weights; floating inputs are converted to it.
  DType dtype() const;

  bool trainable() const;
  /// Freezes (false) or frees the weights of this layer and of the layers in it. One of these that is freed afterwards
  /// trains with the models around this layer, though not with this layer alone, as in Keras. A model has to be compiled
  /// again to notice, which `fit` asks for.
  void set_trainable(bool trainable) const;

  /// All variables in Keras's order: the layer's own, trainable ones first, then those of the layers in it.
  /// These lists are const so that `get_weights()[0] = y`, which would change nothing, does not compile.
  const std::vector<Variable> weights() const;
  const std::vector<Variable> trainable_weights() const;
  const std::vector<Variable> non_trainable_weights() const;
  /// The tensors of trainable_weights(), as `grad` and `Optimizer::apply` take them.
  const std::vector<Tensor> trainable_variables() const;
  /// Copies of the values of weights().
  const std::vector<Tensor> get_weights() const;
  /// Sets the values of weights(). @throws ValueError for another number of tensors, an undefined one or a layer that
  /// is not built, ShapeError naming the variable for another shape; nothing is changed then.
  void set_weights(const std::vector<Tensor>& values) const;
  /// Number of elements of all weights. @throws ValueError before the layer is built.
  int64_t count_params() const;
  /// What the last call in this thread added to the loss, of this layer and of those in it: activity regularizers, and
  /// LayerImpl::add_loss. Then the penalties of the weights. One tensor each. A loop of one's own adds up their
  /// elements, as `fit` and `evaluate` do. @throws as Variable::penalty.
  std::vector<Tensor> losses() const;
  /// The layers in this layer, in order.
  std::vector<Layer> layers() const;

  /// What the layer was made with, by Keras's names. Layers with equal configurations are alike but for their weights.
  /// @throws ValueError for a layer of one's own without `fields`, and for what cannot be written, such as a function.
  Config get_config() const;

  /// Whether both are the same layer.
  friend bool operator==(const Layer& a, const Layer& b) noexcept { return a.impl_ == b.impl_; }

  /// What the layer does.
  LayerImpl& impl() const noexcept { return *impl_; }
  /// For the library's own use.
  explicit Layer(detail::Reference<LayerImpl> impl) noexcept;

 protected:
  std::vector<Tensor> run(const Arguments<Tensor>& arguments) const;
  std::vector<Symbol> run(const Arguments<Symbol>& arguments) const;
  void check_one(std::size_t given) const;
  void check_count(std::size_t given, std::size_t asked) const;

 private:
  // That call on symbols, of those there were.
  const SymbolicCall& symbolic_call(const char* asked, std::size_t node) const;

  // Never null.
  LayerImpl* impl_;
};

}  // namespace xtape::layers
