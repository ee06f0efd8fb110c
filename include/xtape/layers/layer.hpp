#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/variable.hpp>
#include <xtape/regularizers/regularizer.hpp>
#include <xtape/tensor.hpp>

namespace xtape::layers {

/// A part of a model: a function of a tensor with weights of its own.
///
/// A layer of one's own overrides `call`, and `build` where it has weights:
/// ```
/// struct Scale : layers::Layer {
///   Tensor factor;
///   void build(const Shape& input_shape) override {
///     factor = add_weight("factor", {input_shape.back()}, initializers::Ones());
///   }
///   Tensor call(const Tensor& x, bool) override { return x * factor; }
/// };
/// ```
/// A layer made of layers holds them through `track`, which gives their weights to it. Layers can be moved,
/// not copied; to use one in two places, hold it in a shared_ptr.
///
/// Beside the errors that each layer names, constructors throw ValueError for a length in `input_shape` that is neither
/// positive nor -1, and DTypeError for a `dtype` that is not floating. The first call throws ShapeError for inputs of
/// which a layer cannot make its weights (other dimensions than it takes, or a last length that is unknown or 0), and
/// ValueError for an initializer that is null.
class XTAPE_API Layer {
 public:
  Layer() = default;
  Layer(Layer&&) noexcept = default;
  Layer& operator=(Layer&&) noexcept = default;
  virtual ~Layer() = default;

  /// Applies the layer to a batch; the first call builds it. `training` tells layers such as Dropout what
  /// to do. Errors of `call` get the layer's name in front of their path: `sequential/dense_1: ...`.
  /// @throws ShapeError for another rank or last length than the layer was built for; ValueError for an undefined
  /// input, or if `call` returns an undefined tensor.
  Tensor operator()(const Tensor& x, bool training = false);
  /// next(layer(x)) in one pass, for a layer that fuses(next). Sequential does so with neighbours. @throws as above;
  /// ValueError where it does not fuse.
  Tensor apply_fused(const Layer& next, const Tensor& x, bool training = false);

  /// Computes the output; called through operator().
  virtual Tensor call(const Tensor& x, bool training) = 0;
  /// Whether `call_fused` computes this layer and `next` faster than one after the other. No, by default.
  virtual bool fuses(const Layer& next) const;
  /// Computes this layer and then `next`, which it fuses and which is built, in one pass; called through apply_fused().
  /// By default @throws ValueError: nothing is fused.
  virtual Tensor call_fused(const Layer& next, const Tensor& x, bool training);
  /// Makes the weights for inputs of that shape, in which -1 stands for an unknown length (the batch).
  /// Called once, by `ensure_built`.
  virtual void build(const Shape& input_shape);
  /// The shape that `call` returns for inputs of that shape; -1 stands for an unknown length. By default
  /// found by a call on zeros.
  virtual Shape compute_output_shape(const Shape& input_shape);

  /// Builds the layer unless it is built. Errors get the layer's name in front of their path.
  void ensure_built(const Shape& input_shape);
  /// Builds the layer unless it is built; returns compute_output_shape(input_shape). Errors likewise.
  Shape connect(const Shape& input_shape);
  bool built() const { return built_; }
  /// The shape that the layer was built for, with -1 for the batch; empty before.
  const Shape& build_shape() const { return build_shape_; }
  /// The shape of one sample that the layer was told at construction (`input_shape`); empty if none.
  const Shape& input_shape() const { return input_shape_; }

  /// The name given, or Keras's automatic one: dense, dense_1, ...
  const std::string& name() const;
  /// The name of the C++ class: "Dense".
  std::string class_name() const;
  /// The type of the weights; floating inputs are converted to it.
  DType dtype() const { return dtype_; }

  bool trainable() const { return trainable_; }
  /// Freezes (false) or frees the weights of this layer and of the layers in it. A model has to be compiled
  /// again to notice.
  void set_trainable(bool trainable);

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
  void set_weights(const std::vector<Tensor>& values);
  /// Number of elements of all weights. @throws ValueError before the layer is built.
  int64_t count_params() const;
  /// The penalties of the regularizers, one tensor each. @throws as Variable::penalty.
  std::vector<Tensor> losses() const;
  /// The layers in this layer, in order.
  const std::vector<std::shared_ptr<Layer>>& layers() const { return layers_; }

 protected:
  /// What every layer is told at construction.
  struct Settings {
    std::string name;
    bool trainable = true;
    DType dtype = float32;
    Shape input_shape = {};
  };
  /// @throws ValueError for an empty dimension in input_shape, DTypeError if dtype is not floating.
  explicit Layer(Settings settings);

  struct WeightOptions {
    bool trainable = true;
    NameOr<regularizers::Regularizer> regularizer = {};
  };
  /// Makes a weight of the layer's dtype; called in `build`. @throws ValueError if the initializer returns an undefined
  /// tensor, ShapeError for one of another shape or type.
  Tensor add_weight(const std::string& name, const Shape& shape, const initializers::Initializer& initializer,
                    const WeightOptions& options);
  Tensor add_weight(const std::string& name, const Shape& shape, const initializers::Initializer& initializer) {
    return add_weight(name, shape, initializer, WeightOptions());
  }
  /// The same for an initializer as options hold it. @throws ValueError if there is none.
  Tensor add_weight(const std::string& name, const Shape& shape, const NameOr<initializers::Initializer>& initializer,
                    const WeightOptions& options);

  /// Makes `layer` a part of this one, under that name, and returns it.
  template <std::derived_from<Layer> Part>
  Part& track(const std::string& name, Part layer) {
    auto shared = std::make_shared<Part>(std::move(layer));
    Part& part = *shared;
    part.name_ = name;
    add_layer(std::move(shared));
    return part;
  }
  /// Makes `layer` a part of this one, under its own name. @throws ValueError for null, and as check_name.
  void add_layer(std::shared_ptr<Layer> layer);
  /// @throws ValueError if another part of this layer has that layer's name, as Keras does.
  void check_name(const Layer& layer) const;
  void remove_last_layer() { layers_.pop_back(); }

  /// Whether an input of that shape fits what the layer was built for. By default a layer with weights of its
  /// own takes the same rank and last length. @throws ShapeError.
  virtual void check_input(const Shape& shape) const;
  /// call(), whose errors get the layer's name in front of their path. operator(), `build` and the like do so; for
  /// other entrances of a layer.
  template <class Call>
  auto with_path(const Call& call) const {
    try {
      return call();
    } catch (Error& error) {
      error.prepend_path(name());
      throw;
    }
  }
  /// Runs `call` on zeros of that shape (1 for unknown lengths) without recording.
  Tensor call_on_zeros(const Shape& input_shape);

 private:
  // The input as `call` takes it: the layer is built, and has checked its shape.
  Tensor prepare(const Tensor& x);
  void build_once(const Shape& input_shape);
  void collect_weights(const std::string& path, std::vector<Variable>& into) const;

  mutable std::string name_;
  bool trainable_ = true;
  bool built_ = false;
  DType dtype_ = float32;
  Shape input_shape_;
  Shape build_shape_;
  std::vector<Variable> variables_;
  std::vector<std::shared_ptr<Layer>> layers_;
};

}  // namespace xtape::layers
