#pragma once

#include <atomic>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/callbacks/logs.hpp>
#include <xtape/callbacks/position.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/batches.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/options.hpp>
#include <xtape/models/scores.hpp>

namespace xtape::models {

class CallbackList;
class Epochs;
class Fitting;
class TrackersApart;

/// What a model does. One of one's own holds its layers as members and computes in `call`, as a layer does:
/// ```
/// struct MlpImpl : ModelImpl {
///   layers::Dense hidden{64, {.activation = "relu"}};
///   layers::Dense output{10};
///   Tensor call(const Tensor& x) { return output(hidden(x)); }
/// };
/// using Mlp = Handle<MlpImpl>;
/// ```
/// One with a `train_step` of its own needs no `call`.
class XTAPE_API ModelImpl : public layers::LayerImpl {
 public:
  using HandleBase = Model;
  // So that overriders need not say whose.
  using Data = models::Data;
  using Batch = models::Batch;
  ~ModelImpl() override;

  /// Builds the layers by a call on zeros of that shape (with -1, or any number, for the batch).
  void build(const Shape& input_shape) override;
  /// The same for several inputs.
  void build_all(const std::vector<Shape>& input_shapes) override;

  /// One step of `fit` on a batch; returns what is logged. By default: a call in training, compute_loss, the gradients
  /// with respect to all trainable weights, their update by the optimizer; loss and metrics of the epoch so far. An
  /// epoch logs what its last step returns; where the names are those of get_metrics_result, the figures are its too.
  virtual callbacks::Logs train_step(const Batch& batch);
  /// One step of `evaluate`, likewise, without an update.
  virtual callbacks::Logs test_step(const Batch& batch);
  /// One step of `predict`: all outputs for batch.x, by default those of a call.
  virtual std::vector<Tensor> predict_step(const Batch& batch);
  /// The loss of a batch, one number. By default the sum of the compiled losses of the outputs, by their weights, and
  /// of all that `losses()` lists: what the call before added, and the penalties of the regularizers. @throws
  /// ValueError if the model was compiled without a loss and nothing is listed there, or if it gives another number of
  /// outputs than targets.
  virtual Tensor compute_loss(const Data& x, const Data& y, const Data& y_pred, const Data& sample_weight = {});

  /// Takes a batch into the compiled metrics, and returns what is logged: get_metrics_result(). One of one's own adds
  /// figures to it; that is what fit and evaluate log then. train_step and test_step call it.
  virtual callbacks::Logs compute_metrics(const Data& x, const Data& y, const Data& y_pred,
                                          const Data& sample_weight = {});
  /// Loss and metrics as of now, in alphabetical order. Where a step of one's own has gathered no loss it is left out.
  /// @throws ValueError before compile.
  virtual callbacks::Logs get_metrics_result();

  /// The symbols that the model is made of. By default @throws ValueError: it is not made of any.
  virtual std::vector<Symbol> inputs();
  virtual std::vector<Symbol> outputs();
  /// Whether there are such symbols.
  virtual bool has_graph() const { return false; }
  /// By which data are given; by default none.
  virtual std::vector<std::string> input_names() const { return {}; }
  virtual std::vector<std::string> output_names() const { return {}; }

  // -- See Model ------------------------------------------------------------------------------------------------

  void compile(const CompileOptions& options);
  callbacks::History fit(const Data& x, const Data& y, const FitOptions& options);
  callbacks::History fit(const Batches& batches, const FitOptions& options);
  Scores evaluate(const Data& x, const Data& y, const EvaluateOptions& options);
  Scores evaluate(const Batches& batches, const EvaluateOptions& options);
  std::vector<Tensor> predict(const Data& x, const PredictOptions& options);
  std::vector<Tensor> predict(const Batches& batches, const PredictOptions& options);
  Scores train_on_batch(const Data& x, const Data& y, const BatchOptions& options);
  Scores test_on_batch(const Data& x, const Data& y, const BatchOptions& options);
  /// Called where an epoch or an evaluation begins: lets the loss and all that `metrics` lists begin anew. One that
  /// overrides it, to reset what its own steps gather elsewhere, calls this one too.
  virtual void reset_metrics();
  /// By default the mean of the loss, which is called "loss" and takes the loss of a batch as its values, the compiled
  /// metrics, once the outputs are known, and those that came into being as the model and the layers in it were
  /// constructed and are there still, their members; without the first two before compile. Those of a model in it are
  /// not among them, those of its layers are. They are reset with the loss, get_metrics_result gives them, where one
  /// goes before a compiled one of its name, and an evaluation within fit leaves them as they are, but for one that
  /// keeps its state outside of variables(), which begins anew. A metric that was made elsewhere and given to the
  /// constructor is no member, one that compile was given neither. One that overrides it says which these are, as in
  /// Keras:
  /// ```
  /// metrics::Mean loss_tracker{"loss"};
  /// std::vector<metrics::Metric> metrics() override { return {loss_tracker}; }
  /// ```
  virtual std::vector<metrics::Metric> metrics();
  /// All outputs of a call.
  std::vector<Tensor> outputs_for(const Data& x, bool training);
  void summary(std::ostream& out, const SummaryOptions& options) const;
  bool compiled() const { return training_ != nullptr; }
  const optimizers::Optimizer& optimizer() const;
  Config get_compile_config() const;
  /// What loss and metrics have gathered in this epoch so far, and back, in the same order: for a training that goes on
  /// from a file. @throws ValueError before compile, ValueError and ShapeError for what other metrics have, which
  /// changes nothing.
  std::vector<metrics::MetricVariable> gathered();
  void set_gathered(const std::vector<metrics::MetricVariable>& state);
  /// Where the data of the `fit` that goes on stand. @throws ValueError outside of fit.
  callbacks::DataPositions data_positions() const;
  /// This model.
  Model handle();

  const callbacks::History& history() const { return history_; }

  // Other threads may set them, and predict.
  std::atomic<bool> stop_training = false;
  std::atomic<bool> stop_evaluating = false;
  std::atomic<bool> stop_predicting = false;

  template <class Impl>
  static constexpr bool works_without_call() {
    return has_own_train_step<Impl>;
  }
  template <class Impl>
  void made_as() {
    own_steps_.train = has_own_train_step<Impl>;
    own_steps_.test = !std::is_same_v<decltype(&Impl::test_step), callbacks::Logs (ModelImpl::*)(const Batch&)>;
    if constexpr (layers::calls::arity_of<Impl>() == 1) {
      has_one_output_ = std::is_same_v<layers::calls::Result<Impl>, Tensor>;
    }
    own_metric_list_ = !std::is_same_v<decltype(&Impl::metrics), std::vector<metrics::Metric> (ModelImpl::*)()>;
    own_metrics_ =
        own_metric_list_ ||
        !std::is_same_v<decltype(&Impl::compute_metrics),
                        callbacks::Logs (ModelImpl::*)(const Data&, const Data&, const Data&, const Data&)> ||
        !std::is_same_v<decltype(&Impl::get_metrics_result), callbacks::Logs (ModelImpl::*)()>;
    own_compute_loss_ = !std::is_same_v<decltype(&Impl::compute_loss),
                                        Tensor (ModelImpl::*)(const Data&, const Data&, const Data&, const Data&)>;
  }

 protected:
  explicit ModelImpl(layers::LayerOptions options = {});

  // Whether a call with one tensor gives one tensor; false where that is not known.
  bool has_one_output_ = false;

 private:
  struct Training;
  friend class Fitting;
  friend class TrackersApart;

  template <class Impl>
  static constexpr bool has_own_train_step =
      !std::is_same_v<decltype(&Impl::train_step), callbacks::Logs (ModelImpl::*)(const Batch&)>;

  // Steps that are the model's own take what data they like.
  struct OwnSteps {
    bool train = false, test = false;
  };

  Training& training_of(const char* method) const;
  // The data by position, in the order of inputs and outputs, unless the step is the model's own; errors begin with
  // `what`, "fit: " for one. Only counts, names and lengths are looked at.
  Batch ordered(const std::string& what, const Batch& data, bool own_step) const;
  Data ordered_inputs(const std::string& what, const Data& x) const;
  // The same, looked at for NaN and infinity where that is asked for.
  Batch prepared(const std::string& what, const Batch& data, bool own_step, bool finite) const;
  // Tries model, loss and metrics on one sample, before anything changes; the loss looks at all targets. Nothing is
  // tried where the step is the model's own.
  void try_data(const std::string& what, const Batch& data, bool own_step);
  // Says what is compiled for that number of outputs, unless it is said. @throws ValueError if it does not fit.
  void know_outputs(std::size_t count) const;
  // @throws ValueError unless each output that has a loss or a metric has targets.
  void check_targets_given(const Data& y) const;
  // @throws ValueError if the layers or trainable weights are others than those that the model was compiled, or last
  // fitted, with.
  void check_unchanged(const std::string& what) const;
  void check_has_weights(const std::string& what);
  // call(), whose errors get this model in their path, `what`, or what it returns, in front and `note` behind.
  template <class What, class Note, class Call>
  auto with_context(const What& what, const Note& note, const Call& call) const;
  // `output "price": ` of several.
  std::string output_text(std::size_t output) const;

  // The validation may be null.
  callbacks::History train(Epochs& epochs, Epochs* validation, const FitOptions& options);
  // What loss and metrics are measured on, and the part of it that is to be tried, with what its errors begin with.
  struct TestData;
  // None if no validation_data are given.
  TestData validation_of(const FitOptions& options) const;
  TestData test_tensors(const std::string& what, const Batch& data, std::optional<int64_t> batch_size,
                        std::optional<int64_t> steps) const;
  TestData test_batches(const std::string& what, const Batches& batches, std::optional<int64_t> steps,
                        bool finite) const;
  void try_test_data(const TestData& data);
  // Measures loss and metrics; returns them in alphabetical order. `alone`: not within fit.
  callbacks::Logs test(Epochs& epochs, CallbackList& callbacks, bool alone);
  Scores evaluate(const TestData& data, const EvaluateOptions& options);
  // What an epoch or an evaluation has to log, of what its last step logged: where the names are those of
  // get_metrics_result, its figures.
  callbacks::Logs results(bool own_step, callbacks::Logs logs);
  // What a step has logged, in Keras's order of evaluate: the loss and metrics that the model lists, then all others in
  // alphabetical order.
  Scores scores(bool own_step, const callbacks::Logs& logs);
  // The metrics that a model of one's own lists, or those that are members.
  std::vector<metrics::Metric> listed_metrics();
  std::vector<metrics::Metric> member_metrics() const;
  // What logs call a metric.
  const std::string& logged_name(const metrics::Metric& metric) const;
  // Of so many samples, where that is known.
  std::vector<Tensor> predict(Epochs& epochs, std::optional<int64_t> samples, const PredictOptions& options);

  OwnSteps own_steps_;
  bool own_compute_loss_ = false, own_metrics_ = false, own_metric_list_ = false;
  std::unique_ptr<Training> training_;
  callbacks::History history_;
};

}  // namespace xtape::models

namespace xtape {
using layers::Handle;
using models::ModelImpl;
}  // namespace xtape
