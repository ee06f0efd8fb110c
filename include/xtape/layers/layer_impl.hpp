#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <unordered_set>
#include <vector>
#include <xtape/config.hpp>
#include <xtape/constraints/constraint.hpp>
#include <xtape/detail/reference.hpp>
#include <xtape/error.hpp>
#include <xtape/fields.hpp>
#include <xtape/initializers/initializer.hpp>
#include <xtape/layers/arguments.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/layers/variable.hpp>
#include <xtape/regularizers/regularizer.hpp>

namespace xtape::detail {
class RandomStream;
}

namespace xtape::metrics {
class Metric;
class MetricImpl;
}  // namespace xtape::metrics

namespace xtape::layers {

/// What every layer is told at construction.
struct LayerOptions {
  /// Default: the class's name in snake case, numbered.
  std::string name = {};
  bool trainable = true;
  DType dtype = float32;
  /// The shape of one sample.
  Shape input_shape = {};
  /// A penalty of what each call returns, divided by the size of the batch (add_loss).
  regularizers::Regularizer activity_regularizer = {};
};

struct WeightOptions {
  bool trainable = true;
  regularizers::Regularizer regularizer = {};
  constraints::Constraint constraint = {};
};

/// Keras's name of the class of an implementation: "Dense" of DenseImpl.
XTAPE_API std::string class_name_of(const std::type_info& implementation);

/// What a layer does. One of one's own derives from it, and is used through a handle:
/// ```
/// struct ScaleImpl : layers::LayerImpl {
///   Tensor factor;
///   void build(const Shape& input_shape) override { factor = add_weight("factor", {input_shape.back()}, "ones"); }
///   Tensor call(const Tensor& x) { return x * factor; }
/// };
/// using Scale = layers::Handle<ScaleImpl>;
/// ```
/// `call` is found, not overridden: it takes one to four `const Tensor&`, or one `const std::vector<Tensor>&`, and
/// returns a Tensor, a std::array of them, or a std::vector. `training()` tells it whether the call around trains.
///
/// **Parts.** A layer made of layers has them as members; their weights are its own. Every layer handle that comes into
/// being while the object is constructed, and is alive at the end, is a part of it, in the order in which the layers
/// were made, or, of those that were there before, in which the handles came into being: members, those of base classes,
/// elements of containers that the constructor fills, layers that were passed in and are stored. What is a part of a
/// part is left to that one. Layers may come into being in `build` too. A list that was made elsewhere and moved in is
/// not seen: `track` it. A layer with weights that is called inside of another one and is no part of it is an error, for
/// its weights would be neither trained nor saved. Parts must not hold handles of the layer that they are in: neither
/// would ever go.
class XTAPE_API LayerImpl : public detail::Counted {
 public:
  /// What Handle derives from.
  using HandleBase = Layer;

  virtual ~LayerImpl();
  LayerImpl(const LayerImpl&) = delete;
  LayerImpl& operator=(const LayerImpl&) = delete;

  /// Makes the weights for inputs of that shape, in which -1 stands for an unknown length (the batch). Called once.
  virtual void build(const Shape& input_shape);
  /// The same for a layer of several inputs. By default it builds for the first one.
  virtual void build_all(const std::vector<Shape>& input_shapes);
  /// The shape that `call` returns for inputs of that shape; -1 stands for an unknown length. By default found by a
  /// call on zeros, which leaves weights that are not trained, and streams of random numbers, as they were.
  virtual Shape compute_output_shape(const Shape& input_shape);
  /// The mask of the result of a call on x, whose mask is `mask` (mask.hpp). Asked where x has a mask, and always if
  /// the layer `makes_masks()`. By default none: a layer that keeps the steps of a sequence returns `mask`. A result
  /// that has a mask already, as that of a layer made of layers, keeps it.
  virtual Tensor compute_mask(const Tensor& x, const Tensor& mask);
  /// The same for several inputs, any of which may have none. By default that of the first one.
  virtual Tensor compute_masks(const std::vector<Tensor>& inputs, const std::vector<Tensor>& masks);
  /// Lists what the layer was made with (fields.hpp); that makes it one that can be written and copied. By default
  /// @throws ValueError.
  virtual void fields(Fields& fields);
  /// The general form of `call`, which Handle writes. To be overridden where tensors or settings come by name.
  virtual std::vector<Tensor> run(const Arguments<Tensor>& arguments);
  /// Whether Handle takes an Impl that has no `call`; what Handle tells its object about Impl.
  template <class Impl>
  static constexpr bool works_without_call() {
    return false;
  }
  template <class Impl>
  void made_as() {}

  const std::string& name() const { return name_; }
  /// Whether it was given, and not made of the class and a number.
  bool has_own_name() const { return has_own_name_; }
  /// Whether it is made of a configuration.
  bool has_config() const { return has_config_; }
  DType dtype() const { return dtype_; }
  bool trainable() const { return trainable_; }
  bool built() const { return built_.load(std::memory_order_acquire); }
  const Shape& build_shape() const { return build_shape_; }
  /// Those of all inputs of the call that built the layer; none for one that is not built.
  const std::vector<Shape>& build_shapes() const { return build_shapes_; }
  const Shape& input_shape() const { return input_shape_; }
  /// Keras's name of the class; by default that of its type, class_name_of.
  virtual std::string class_name() const;

  /// The shapes of the outputs of a call on symbols. By default compute_output_shape where the layer has its own and
  /// the call is one of one tensor, else found by calls on zeros.
  virtual std::vector<Shape> compute_output_shapes(const Arguments<Symbol>& arguments);

  // -- What handles and models do with a layer; see Layer ------------------------------------------------------

  /// Layer::operator(), of one tensor.
  Tensor apply(const Tensor& x, std::optional<bool> training);
  /// Of all arguments.
  std::vector<Tensor> apply_all(const Arguments<Tensor>& arguments);
  /// Of symbols: a node of a functional model.
  std::vector<Symbol> apply_symbols(const Arguments<Symbol>& arguments);
  /// The calls of this layer on symbols that are alive, in order.
  const std::vector<const SymbolicCall*> nodes() const;
  void note(const SymbolicCall& node);
  void forget(const SymbolicCall& node);
  /// next(layer(x)) in one pass, for a layer that fuses(next), within a call of a layer that both are parts of.
  /// @throws as apply; ValueError where it does not fuse.
  Tensor apply_fused(LayerImpl& next, const Tensor& x);
  /// A part's part of a call of the layer that it is in: apply() without asking whether it is one.
  Tensor apply_part(const Tensor& x);

  /// Whether `call_fused` computes this layer and `next` faster than one after the other. No, by default.
  virtual bool fuses(const LayerImpl& next) const;
  /// Computes this layer and then `next`, which it fuses and which is built, in one pass. By default
  /// @throws ValueError: nothing is fused.
  virtual Tensor call_fused(const LayerImpl& next, const Tensor& x);

  void ensure_built(const Shape& input_shape);
  /// check_before_build, unless the layer is built; errors get the layer's name in front of their path.
  void check_if_unbuilt(const std::vector<Shape>& input_shapes);
  /// Builds the layer unless it is built, and sees that it takes such inputs; returns
  /// compute_output_shape(input_shape). Errors get the layer's name in front of their path.
  Shape connect(const Shape& input_shape);
  /// The same for a call on symbols, and all its outputs.
  std::vector<Shape> connect(const Arguments<Symbol>& arguments);
  /// compute_output_shape, whose errors get the layer's name in front of their path.
  Shape output_shape(const Shape& input_shape);
  /// The same for compute_output_shapes.
  std::vector<Shape> output_shapes(const Arguments<Symbol>& arguments);
  void set_trainable(bool trainable);
  /// The same of the layer alone: those in it say it themselves.
  void set_own_trainable(bool trainable);
  const std::vector<Variable> weights() const;
  /// Whether weights() would list those of `known`, which it gave before: the same tensors, as trainable as they were.
  /// Makes no list.
  bool has_same_weights(const std::vector<Variable>& known) const;
  /// Whether weights() would list any.
  bool has_weights() const;
  const std::vector<detail::Reference<LayerImpl>>& parts() const { return parts_; }
  /// The metrics that came into being as the layer was constructed or built, and are there still: its members. The
  /// model around resets and logs them, ModelImpl::metrics.
  std::vector<metrics::Metric> own_metrics() const;
  /// The losses that the last call in this thread added, here and in the parts.
  std::vector<Tensor> call_losses() const;
  Config get_config() const;
  /// Takes name and trainable from a configuration, without the layers in it, of which that may be another matter.
  /// @throws ValueError for another dtype than the layer's.
  void apply_config(const Config& config);
  /// Says that the layer is made of a configuration.
  void mark_read();
  /// Freezes the parts of a frozen layer that were made of no configuration, which would have said whether they are.
  void freeze_parts_without_config();

  // -- Files (saving/saving.hpp) ---------------------------------------------------------------------------------

  /// Where a file keeps that part, below the place of this layer: what Keras calls the attribute that holds it,
  /// "cell", or the list, "cells/", in which parts are counted by class ("cells/lstm_cell_1"); nothing for one that
  /// files leave out. By default what it was tracked as, or the part's own name; where it was given neither, or has a
  /// configuration and a name that may be automatic, it is empty, and parts are counted by class: "dense_1".
  virtual std::optional<std::string> place_of_part(std::size_t part) const;
  /// The same for a weight of the layer itself: empty, as by default, for the place of the layer.
  virtual std::string place_of_weight(const Variable& weight) const;
  /// Whether the place of a part goes by its name, which two programs may give otherwise.
  bool has_place_by_name(std::size_t part) const;
  /// Has files keep such a part at that place.
  void keep_part_at(std::size_t part, const std::string& place);
  /// The class by which files count layers, where it is not class_name().
  virtual std::string class_name_in_files() const { return class_name(); }
  /// What a class of the same name in Python calls the tensors that its `call` takes one by one, in their order: files
  /// say by these names what the layer was built for, so that Keras builds it too. By default none: it is not known.
  virtual std::vector<std::string> call_argument_names() const { return {}; }
  /// The streams of random numbers that the layer itself draws from, which a training goes on with.
  virtual std::vector<detail::RandomStream*> random_streams() { return {}; }
  /// The layer's own weights: those that training changes first, then the others.
  const std::vector<Variable> own_weights() const;
  /// Whether outputs keep the masks that the layer gives them; true unless Keras 3.16 saved the layer as a recurrent
  /// one, which gives none there.
  bool passes_masks() const { return passes_masks_; }
  void set_passes_masks(bool passes) { passes_masks_ = passes; }

  /// Whether the class has a compute_output_shape of its own.
  virtual bool knows_output_shape() const { return false; }
  /// The class that its author wrote.
  virtual const std::type_info& type() const;
  /// `call` of one tensor, which Handle writes.
  virtual Tensor run_one(const Tensor& x);

 protected:
  /// @throws ValueError for an empty dimension in input_shape, and unless a handle makes the object; DTypeError if
  /// dtype is not floating.
  explicit LayerImpl(LayerOptions options = {});

  /// Makes a weight of the layer's dtype; called in `build`. @throws ValueError if there is no initializer or it
  /// returns an undefined tensor, ShapeError for one of another shape or type.
  Tensor add_weight(const std::string& name, const Shape& shape,
                    const initializers::Initializer& initializer = "glorot_uniform", const WeightOptions& options = {});
  /// Lists a weight of a part among the layer's own, in their order; called in `build`.
  void share_weight(const Variable& variable) { variables_.push_back(variable); }
  /// Whether the call that goes on in this thread is one of training; false in a thread that `call` starts.
  static bool training();
  /// The mask of that input of the call that goes on; undefined if it has none.
  static Tensor mask(std::size_t input = 0);
  /// Adds to the loss of the model around, in training and in evaluate: to be called in `call`, with a tensor of any
  /// shape, whose elements are added up. `Layer::losses()` lists it until the layer, or one around it, is called the
  /// next time from outside of all calls. Each thread has its own. Nothing happens where nobody could ask for it: in
  /// InferenceMode (which predict is in), as a checkpoint computes again, and where a call only looks for shapes.
  /// @throws ValueError for an undefined tensor.
  void add_loss(const Tensor& loss);
  /// Adds what the regularizer, which may be none, says about an output, divided by its first length, as Keras does.
  void add_activity_loss(const regularizers::Regularizer& regularizer, const Tensor& output);
  /// To be called in the constructor of a layer that hands on what it is given, which may be of any type.
  void set_dtype(DType dtype) { dtype_ = dtype; }
  /// To be called in the constructor of a layer whose results have masks though its inputs have none.
  void makes_masks() { makes_masks_ = needs_more_ = true; }
  /// To be called in the constructor of a layer that takes inputs of any floating type as they are, as one made of
  /// layers does: others get those of another type than dtype() converted to it.
  void keeps_input_types() { converted_inputs_ = ConvertedInputs::none; }
  /// To be called in the constructor of a layer that computes: whole numbers and bools become dtype() too, which
  /// NumPy's operations would take for float64, and which calls on symbols say.
  void converts_integers() { converted_inputs_ = ConvertedInputs::all; }
  /// To be called in the constructor of a layer whose configuration has no "trainable", for Keras's takes none.
  void leaves_out_trainable() { writes_trainable_ = false; }

  /// Makes `layer` a part of this one that is called `name` unless it was given a name of its own; returns it:
  /// `Dense hidden = track("hidden", Dense(16));`. @throws ValueError if another part of this layer has that name.
  template <std::derived_from<Layer> Part>
  Part track(const std::string& name, const Part& layer) {
    track_part(layer.impl(), name, name);
    return layer;
  }
  /// The same for a list of layers, called name_0, name_1, ...; files count them by class: "name/dense_1".
  template <std::derived_from<Layer> Part>
  const std::vector<Part>& track(const std::string& name, const std::vector<Part>& layers) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      track_part(layers[i].impl(), name + '_' + std::to_string(i), name + '/');
    }
    return layers;
  }
  /// Makes `layer` a part of this one, the last; one layer may be in two places. It is called `name` unless it has a
  /// name of its own or `name` is empty. @throws ValueError if another part has its name, or if this layer is a part of
  /// `layer`.
  void add_part(LayerImpl& layer, const std::string& name = {});
  /// The same for one that files keep at that place, place_of_part. @throws ValueError if another part has that place.
  void track_part(LayerImpl& layer, const std::string& name, const std::string& place);
  /// The checks of add_part.
  void check_part(const LayerImpl& layer, const std::string& name = {}) const;
  void remove_last_part();

  /// What can be seen of the inputs' shapes before the layer is built for them: here they are those of the first call,
  /// batch and all, as its errors should show them. By default nothing.
  virtual void check_before_build(const std::vector<Shape>& input_shapes);
  /// Whether an input of that shape fits what the layer was built for. By default a layer with weights of its
  /// own takes the same rank and last length. @throws ShapeError.
  virtual void check_input(const Shape& shape) const;
  /// Whether it has the rank and the last length that the layer was built for. @throws ShapeError.
  void check_last_length(const Shape& shape) const;
  /// What can be seen of a call of several tensors, or with named ones, before the layer is built. By default nothing.
  virtual void check_arguments(const Arguments<Tensor>& arguments) const;
  /// The same as check_input for several inputs. By default it checks the first one.
  virtual void check_inputs(const std::vector<Shape>& shapes) const;
  /// compute_output_shapes by calls on zeros; an output's length that changes with the unknown lengths is unknown.
  std::vector<Shape> output_shapes_on_zeros(const Arguments<Symbol>& arguments);
  /// `call` on zeros of that shape (1 for unknown lengths), without recording.
  Tensor call_on_zeros(const Shape& input_shape);
  /// The same for several inputs.
  std::vector<Tensor> call_on_zeros(const std::vector<Shape>& input_shapes);
  /// call(), whose errors get the layer's name in front of their path.
  template <class Call>
  auto with_path(const Call& call) const {
    try {
      return call();
    } catch (Error& error) {
      error.prepend_path(name());
      throw;
    }
  }

 private:
  friend class ConstructionScope;
  friend class TrialState;

  // Inputs of which types become dtype() before a call.
  enum class ConvertedInputs : uint8_t { none, floating, all };

  struct LossOfCall {
    std::weak_ptr<const void> thread;
    Tensor value;
  };

  // Of another type than this layer takes, to its own; masks go along.
  void convert(std::vector<Tensor>& inputs) const;
  void begin_call();
  void begin_outermost_call();
  void prepare(const Tensor& x);
  Tensor call_prepared(const Tensor& x, bool training);
  // Whether inputs of that type stay as they are.
  bool fits_type(DType type) const {
    return type == dtype_ || converted_inputs_ == ConvertedInputs::none ||
           (converted_inputs_ == ConvertedInputs::floating && !is_floating(type));
  }
  bool uses_masks(const std::vector<Tensor>& inputs) const;
  // run_one and run where there are masks.
  Tensor call_masked(const Tensor& x);
  std::vector<Tensor> run_masked(const Arguments<Tensor>& arguments);
  void build_once(const std::vector<Shape>& input_shapes);
  // Builds the layer, or sees whether the inputs fit.
  std::vector<Shape> shapes_of_call(const Arguments<Symbol>& arguments);
  // Whether losses that a call adds now are kept.
  static bool takes_losses();
  // This layer, or, of one that was made on the way and is no part of the layers around, the first that stays.
  LayerImpl& keeper_of_losses();
  // This thread's, of this layer, and of its parts too.
  void drop_losses();
  void drop_all_losses();
  void collect_losses(std::vector<const LayerImpl*>& seen, std::vector<Tensor>& into) const;
  // Whether training changes a weight of the list, as far as this layer goes: one that a part shares is that part's.
  bool trains(const Variable& variable) const;
  // `trainable`: whether the layer that is asked is.
  void collect_weights(const std::string& path, bool trainable, std::vector<Variable>& into) const;
  // Whether the weights go on with those of `known` from `place` on, which moves behind them.
  bool goes_on_with(const std::vector<Variable>& known, bool trainable, std::size_t& place) const;
  // A part that is called so; null if there is none.
  const LayerImpl* part_called(const std::string& name) const;
  // Whether `layer` is this one, or in it on any level.
  bool reaches(const LayerImpl& layer) const;
  // Whether this layer was found to be a part of `around`.
  bool was_part_of(const LayerImpl& around) const;
  // Looks whether it is. @throws ValueError if it is none and has weights.
  void check_part_of(LayerImpl& around);
  // A layer that gets its first weight: whether it, and all whose calls go on, are parts of those around them.
  void check_parts_in_calls() const;
  [[noreturn]] void throw_no_part_of(const LayerImpl& around) const;

  // Counts all layers that are ever made: what is older comes first, and no number comes back.
  const uint64_t number_;
  std::string name_;
  bool has_own_name_;
  bool may_have_automatic_name_ = false;
  bool has_config_ = false;
  bool trainable_;
  bool makes_masks_ = false;
  bool passes_masks_ = true;
  // Whether calls without masks have to do with masks or losses too.
  ConvertedInputs converted_inputs_ = ConvertedInputs::floating;
  bool needs_more_;
  DType dtype_;
  std::atomic<bool> built_ = false;
  bool writes_trainable_ = true;
  bool is_part_ = false;  // of any layer, now or once
  // The layer, by number, that this one was last found a part of, and how many parts had been removed anywhere then.
  std::atomic<uint64_t> part_of_ = 0;
  std::atomic<uint64_t> removals_seen_ = 0;
  Shape input_shape_;
  Shape build_shape_;  // the first of build_shapes_, which each call looks at
  std::vector<Variable> variables_;
  std::vector<detail::Reference<LayerImpl>> parts_;
  std::vector<const SymbolicCall*> nodes_;
  regularizers::Regularizer activity_regularizer_;
  std::vector<LossOfCall> losses_;
  // They are the layer's no longer when it has let them go.
  std::vector<std::weak_ptr<metrics::MetricImpl>> metrics_;
  std::vector<Shape> build_shapes_;
  struct PartNames;
  mutable std::unique_ptr<PartNames> part_names_;
};

/// What a handle of that kind holds. @throws ValueError if a layer of another kind was assigned to it through a
/// reference to Layer, which C++ lets pass.
template <class Impl>
Impl& implementation_of(const Layer& layer) {
  if (auto* const impl = dynamic_cast<Impl*>(&layer.impl())) return *impl;
  throw ValueError("a " + layer.class_name() + " was assigned to this handle, which is one of another kind",
                   layer.name());
}

}  // namespace xtape::layers
