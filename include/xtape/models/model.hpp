#pragma once

#include <iosfwd>
#include <string>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/callbacks/logs.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/models/options.hpp>

namespace xtape::models {

class ModelImpl;

struct ModelOptions {
  bool trainable = true;
  std::string name = {};
};

/// A layer that can be trained: a functional model, Sequential, or one of one's own (ModelImpl). A functional model is
/// made of symbols:
/// ```
/// const Symbol title = Input({100}, {.name = "title"}), tags = Input({12}, {.name = "tags"});
/// const Symbol x = concatenate({layers::Dense(32, {.activation = "relu"})(title), layers::Dense(8)(tags)});
/// const Symbol price = layers::Dense(1, {.name = "price"})(x), kind = layers::Dense(5, {.name = "kind"})(x);
/// const Model model({title, tags}, {price, kind});
/// const auto [p, k] = model.call<2>({a, b});
/// const Model features(model.inputs(), model.get_layer("price").output());
/// ```
class XTAPE_API Model : public layers::Layer {
 public:
  /// Computes `outputs` from `inputs`; the layers between are its parts, and stay those of other models too.
  /// @throws ValueError for an input that no Input made, is given twice or leads to no output, for an output that needs
  /// an input which is not given, and for two layers of one name.
  Model(const Symbols& inputs, const Symbols& outputs, ModelOptions options = {});  // refused? see ModelOptions
  /// The functional model that get_config describes. @throws ValueError for an unknown option, with the nearest ones,
  /// and for a graph that does not fit together.
  static Model from_config(const Config& config);

  /// The symbols that a functional model, or a Sequential whose input is known, was made of. @throws ValueError for
  /// other models.
  const std::vector<Symbol> inputs() const;
  const std::vector<Symbol> outputs() const;
  /// The one output. @throws ValueError if there are several.
  Symbol output() const;

  /// The layer of that name. @throws ValueError naming the nearest ones.
  layers::Layer get_layer(const std::string& name) const;
  /// The layer at that place, from the end if negative. @throws IndexError.
  layers::Layer get_layer(int64_t index) const;

  /// Sets how the model is trained. @throws ValueError if no loss is given and the model has no train_step or
  /// compute_loss of its own, for a loss with the reduction "none", or if optimizer or a metric is null, or a metric is
  /// given twice.
  void compile(const CompileOptions& options) const;

  /// Trains on x [n, ...] and y [n, ...]; returns loss and metrics of each epoch. The loss of an epoch is the
  /// mean over its samples, penalties of regularizers included. A model that is not built is built for x.
  /// @throws ValueError before compile, for x and y of different lengths, no samples, batch_size or epochs below 1,
  /// validation_split outside [0, 1) or leaving one part empty, verbose other than 0, 1 or 2, a null callback, a model
  /// without trainable weights or whose trainable weights are others than in compile, targets that the loss does not
  /// take; ShapeError if x does not fit the model or y its outputs; IndexError for a label outside [0, classes). With
  /// validation data errors say which data are meant, and nothing is changed then.
  callbacks::History fit(const Tensor& x, const Tensor& y, const FitOptions& options = {}) const;

  /// The loss, then the metrics in the order of compile, on x and y. Read them by place or name:
  /// `score[1]`, `score["accuracy"]`. @throws as fit.
  callbacks::Logs evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options = {}) const;

  /// The outputs for x [n, ...], computed batch by batch without recording.
  /// @throws ValueError for no samples, batch_size below 1 or verbose other than 0, 1 or 2; ShapeError if the model
  /// does not give one output for each sample.
  Tensor predict(const Tensor& x, const PredictOptions& options = {}) const;

  /// Writes Keras's table of layers, output shapes and numbers of parameters, to std::cout if `out` is left out.
  /// for a functional model that is no chain also what each layer takes. `line_length` is the width of the table in
  /// characters; 0 stands for Keras's, 88, or 108 with that column. @throws ValueError for another one below 20.
  void summary() const;
  void summary(std::ostream& out, int line_length = 0) const;

  bool compiled() const;
  /// @throws ValueError before compile.
  const optimizers::Optimizer& optimizer() const;

  bool stop_training() const;
  /// Set by a callback to end `fit` after the epoch.
  void set_stop_training(bool stop) const;

  /// What the model does.
  ModelImpl& impl() const noexcept;
  /// For the library's own use.
  explicit Model(detail::Reference<layers::LayerImpl> impl) noexcept;
};

}  // namespace xtape::models

namespace xtape {
using models::Model;
}
