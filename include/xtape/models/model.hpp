#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/callbacks/logs.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/layers/symbol.hpp>
#include <xtape/models/batches.hpp>
#include <xtape/models/options.hpp>
#include <xtape/models/scores.hpp>
#include <xtape/saving/options.hpp>

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
  /// Computes `outputs` from `inputs`; the layers between are its parts, and stay those of other models too. Names that
  /// are given with them, `Model(x, {{"price", price}, {"kind", kind}})`, take the place of those of the layers in
  /// data, losses, metrics and logs; by position, data are in the order that is written here. An input may be what a
  /// layer returned: an Input like it then stands in its place, and the layers behind it are shared.
  /// @throws ValueError for an input that is given twice, leads to no output or is one number, for an output that needs
  /// an Input which is not given, for two layers of one name, and for a name that is given twice.
  Model(const Symbols& inputs, const Symbols& outputs, ModelOptions options = {});  // refused? see ModelOptions
  /// The functional model that get_config describes. @throws ValueError for an unknown option, with the nearest ones,
  /// and for a graph that does not fit together.
  static Model from_config(const Config& config);

  /// The symbols that a functional model, or a Sequential whose input is known, was made of. @throws ValueError for
  /// other models.
  const std::vector<Symbol> inputs() const;
  const std::vector<Symbol> outputs() const;
  /// The one input, the one output. @throws ValueError if there are several.
  Symbol input() const;
  Symbol output() const;

  /// The configuration as JSON, on one line, or with `indent` spaces a level; model_from_json reads it.
  /// @throws as get_config.
  std::string to_json(int indent = -1) const;

  /// The layers in the model, in order; in a Sequential that is built they have an `output()`.
  std::vector<layers::Layer> layers() const;
  /// The layer of that name. @throws ValueError naming the nearest ones.
  layers::Layer get_layer(const std::string& name) const;
  /// The layer at that place, from the end if negative. @throws IndexError.
  layers::Layer get_layer(int64_t index) const;

  /// Sets how the model is trained; what it was trained so far stays. Without a loss, that is what its layers add
  /// (LayerImpl::add_loss, regularizers). @throws ValueError for a loss with the reduction "none", if optimizer or a
  /// metric is null, or a metric is given twice, and for losses, weights or metrics of other outputs than the model
  /// has, or of another number; what is compiled before stays.
  void compile(const CompileOptions& options) const;

  /// What compile was told, in Keras's form: `{"optimizer": {...}, "loss": "mean_squared_error", ...}`; the learning
  /// rate as it is now. @throws ValueError before compile, and for losses, metrics and rates that are functions.
  Config get_compile_config() const;
  /// Compiles as get_compile_config, or Keras's, says. @throws ValueError for an unknown class or option, with the
  /// nearest ones, and as compile.
  void compile_from_config(const Config& config) const;

  /// Trains on x [n, ...] and y [n, ...], of several inputs or outputs on one of each, by position or by name (Data);
  /// returns loss and metrics of each epoch. The loss of an epoch is the mean over its samples, penalties of
  /// regularizers included. Of several outputs it is the sum of their losses, by loss_weights; theirs are called by the
  /// names of the outputs: loss, price_loss, price_mae, kind_loss, ... A model that is not built is built for x.
  /// @throws ValueError before compile, while the model is being fitted, for another number of tensors than inputs or
  /// outputs, a name that is not theirs, missing or given twice, different lengths, no samples, an option outside its
  /// range, a validation_split that leaves one part empty, a null callback, a model without trainable weights or whose
  /// layers or trainable weights are others than in compile, targets that the loss does not take; ShapeError if x does
  /// not fit the model or y its outputs; IndexError for a label outside [0, classes). With validation data errors say
  /// which data are meant. Nothing is changed then, but that a model which was not built may be built: options, counts,
  /// names, lengths, classes and weights are looked at before, shapes and labels need its outputs. It has the initial
  /// weights then that it would have without the error.
  callbacks::History fit(const Data& x, const Data& y, const FitOptions& options = {}) const;
  /// The same on batches, which may be without an end (`steps_per_epoch`). The first one is tried as tensors are;
  /// errors of a later one name it, when the model has been trained on those before.
  /// @throws ValueError also for no batches, and for sample_weight or validation_split.
  callbacks::History fit(const Batches& batches, const FitOptions& options = {}) const;

  /// The loss, then the metrics in the order of compile, on x and y; of several outputs the loss, theirs, then the
  /// metrics in alphabetical order. Read them by place or name: `score[1]`, `score["accuracy"]`, or take two apart:
  /// `const auto [loss, accuracy] = model.evaluate(x, y);`. Within a callback of fit it leaves what fit gathers as it
  /// is. @throws as fit.
  Scores evaluate(const Data& x, const Data& y, const EvaluateOptions& options = {}) const;
  Scores evaluate(const Batches& batches, const EvaluateOptions& options = {}) const;
  /// `const auto [loss, accuracy, auc] = model.evaluate<3>(x, y);` @throws ValueError for another number.
  template <std::size_t count>
  std::array<double, count> evaluate(const Data& x, const Data& y, const EvaluateOptions& options = {}) const {
    return evaluate(x, y, options).template numbers<count>();
  }
  template <std::size_t count>
  std::array<double, count> evaluate(const Batches& batches, const EvaluateOptions& options = {}) const {
    return evaluate(batches, options).template numbers<count>();
  }

  /// The output for x [n, ...], or one x for each input, computed batch by batch without recording.
  /// @throws ValueError for no samples, batch_size below 1 or verbose other than 0, 1 or 2, for several outputs, and
  /// for x as fit; ShapeError if the model does not give one output for each sample.
  Tensor predict(const Data& x, const PredictOptions& options = {}) const;
  /// Of batches only x is looked at.
  Tensor predict(const Batches& batches, const PredictOptions& options = {}) const;
  /// All outputs of a model of several.
  std::vector<Tensor> predict_all(const Data& x, const PredictOptions& options = {}) const;
  std::vector<Tensor> predict_all(const Batches& batches, const PredictOptions& options = {}) const;
  /// The same where their number is known: `const auto [price, kind] = model.predict<2>(x);`.
  /// @throws ValueError for another number.
  template <std::size_t count>
  std::array<Tensor, count> predict(const Data& x, const PredictOptions& options = {}) const {
    return array_of<count>(predict_all(x, options));
  }
  template <std::size_t count>
  std::array<Tensor, count> predict(const Batches& batches, const PredictOptions& options = {}) const {
    return array_of<count>(predict_all(batches, options));
  }

  /// One step on one batch, and what was measured on it, as evaluate gives it. The first one tries the data as fit
  /// does.
  /// @throws as fit.
  Scores train_on_batch(const Data& x, const Data& y, const BatchOptions& options = {}) const;
  Scores test_on_batch(const Data& x, const Data& y, const BatchOptions& options = {}) const;
  /// predict, predict<count>, of one batch. @throws as predict.
  Tensor predict_on_batch(const Data& x) const;
  template <std::size_t count>
  std::array<Tensor, count> predict_on_batch(const Data& x) const {
    return predict<count>(x, one_batch());
  }
  /// Lets loss and metrics begin anew, as fit and evaluate do by themselves. @throws ValueError before compile.
  void reset_metrics() const;
  /// The mean of the loss, then the compiled metrics, once the outputs are known; of a model of one's own what it lists
  /// (ModelImpl::metrics). None before compile.
  std::vector<metrics::Metric> metrics() const;
  /// Loss and metrics as of now, in alphabetical order; within a callback, of the epoch so far.
  /// @throws ValueError before compile.
  callbacks::Logs get_metrics_result() const;
  /// Takes a batch into the compiled metrics, as a step of fit does, and returns get_metrics_result().
  /// @throws ValueError before compile, and for what the metrics do not take.
  callbacks::Logs compute_metrics(const Data& x, const Data& y, const Data& y_pred,
                                  const Data& sample_weight = {}) const;

  /// Writes Keras's table of layers, output shapes and numbers of parameters, to std::cout if `out` is left out; for a
  /// functional model that is no chain also what each layer takes. @throws ValueError for a line_length or positions
  /// that leave no room for a column, for another number of positions than columns, and for a layer_range that no
  /// layers begin or end.
  void summary(const SummaryOptions& options = {}) const;
  void summary(std::ostream& out, const SummaryOptions& options = {}) const;

  /// Writes the model to a file that load_model reads, here and in Keras: configuration, weights, what it was compiled
  /// with, the optimizer's state and that of the random numbers (saving.hpp, which says what is thrown).
  void save(const std::string& filepath, const saving::SaveOptions& options = {}) const;
  /// Writes the weights and, of a compiled model to `.weights.h5`, the optimizer's state.
  void save_weights(const std::string& filepath, const saving::SaveWeightsOptions& options = {}) const;
  /// Reads weights that save_weights, or Keras, wrote, or those of a whole model's file.
  void load_weights(const std::string& filepath, const saving::LoadWeightsOptions& options = {}) const;

  bool compiled() const;
  /// @throws ValueError before compile.
  const optimizers::Optimizer& optimizer() const;

  bool stop_training() const;
  /// Set by a callback to end `fit`: after the batch, or where an epoch ends.
  void set_stop_training(bool stop) const;
  /// The same for `evaluate`, and the validation of fit: it ends after the batch, with what it has measured.
  bool stop_evaluating() const;
  void set_stop_evaluating(bool stop) const;
  /// The same for `predict`, which returns the outputs of the batches so far.
  bool stop_predicting() const;
  void set_stop_predicting(bool stop) const;

  /// The History of the last fit, which copies of the model share; while one goes on, of its epochs so far, as
  /// callbacks see it. Where fit ended with an error, of those before. Empty before the first fit.
  const callbacks::History& history() const;

  /// The names by which data are given; of a model of one's own there are none.
  std::vector<std::string> input_names() const;
  std::vector<std::string> output_names() const;

  /// What the model does. @throws ValueError if a layer that is no model was assigned through a reference to Layer.
  ModelImpl& impl() const;
  /// For the library's own use.
  explicit Model(detail::Reference<layers::LayerImpl> impl) noexcept;

 private:
  Tensor one_of(std::vector<Tensor> outputs) const;
  void check_number_of_outputs(std::size_t given, std::size_t asked) const;
  template <std::size_t count>
  std::array<Tensor, count> array_of(const std::vector<Tensor>& all) const {
    check_number_of_outputs(all.size(), count);
    std::array<Tensor, count> result;
    for (std::size_t i = 0; i < count; ++i) result[i] = all[i];
    return result;
  }
  static PredictOptions one_batch();
};

}  // namespace xtape::models

namespace xtape {
using models::Model;
}
