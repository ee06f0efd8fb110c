#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/detail/kept_metric.hpp>
#include <xtape/detail/reference.hpp>
#include <xtape/detail/trial_state.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/batch_form.hpp"
#include "models/compiled_output.hpp"
#include "models/tensor_batches.hpp"

namespace xtape::models {

class Epochs;
class TrainStep;

// Weights with a constraint that an optimizer has just made fulfil it, with copies of their values.
using LeftWeights = std::vector<std::pair<Tensor, Tensor>>;

// Variables that have a penalty in the loss.
class Penalties {
 public:
  Penalties() = default;
  explicit Penalties(const layers::LayerImpl& model);
  bool empty() const { return variables_.empty(); }
  // The loss with all penalties added.
  Tensor add_to(Tensor loss) const;

 private:
  std::vector<layers::Variable> variables_;
};

// What compute_loss and compute_metrics are given by the names of the outputs, by position.
struct OfOutputs {
  Data y, y_pred, sample_weight;

  static bool named(const Data& y, const Data& y_pred, const Data& sample_weight) {
    return !y.names().empty() || !y_pred.names().empty() || !sample_weight.names().empty();
  }
  // @throws ValueError for names that are unknown or given twice, and predictions that are not given.
  OfOutputs(const Data& y, const Data& y_pred, const Data& sample_weight, const std::vector<std::string>& names);
};

// What compile sets, and the loss and metrics gathered so far.
struct ModelImpl::Training {
  CompileOptions options;
  // Empty until their number is known.
  std::vector<CompiledOutput> outputs;
  // Shared with the metric that ModelImpl::metrics lists.
  const std::shared_ptr<MeanLoss> shared_mean_loss = std::make_shared<MeanLoss>();
  MeanLoss& mean_loss = *shared_mean_loss;
  // The losses of the outputs, without their weights, that each call of compute_loss found in this batch, where several
  // outputs have one, and of how many samples each call was.
  std::vector<Tensor> output_losses;
  std::vector<int64_t> output_samples;
  // All weights and whether they are trainable, as of compile, or of the first fit where there were none.
  std::vector<layers::Variable> compiled_weights;
  // All layers in the model, as of then.
  std::vector<detail::Reference<layers::LayerImpl>> compiled_layers;
  // The form of the data that were tried last, and the shapes of the outputs for them.
  BatchForm tried;
  std::vector<Shape> tried_outputs;
  // Of the weights that all steps of fit or evaluate find; none where each step looks for its own.
  std::optional<Penalties> penalties;
  // What sorted() gave last: its names stay.
  callbacks::Logs logs;
  // How many calls of fit, evaluate and the like go on.
  int uses = 0;
  // While fit runs.
  bool fitting = false;
  // While fit goes through them; no validation is null.
  Epochs* epochs = nullptr;
  Epochs* validation = nullptr;
  // While fit runs, or since the first train_on_batch.
  std::unique_ptr<TrainStep> step;
  // What the default step has left, where one of the model's own goes on with it.
  LeftWeights left_weights;

  explicit Training(const CompileOptions& options);
  ~Training();
  // Whether compile was given one; else the layers have to add it.
  bool has_loss() const;
  // What compile was told about that metric; null for another one.
  const CompiledOutput::LoggedMetric* compiled(const metrics::Metric& metric) const;
  // Whether losses or metrics compare outputs with targets.
  bool compares() const;
  // Whether targets are given for the outputs with a loss alone, as Keras takes them.
  bool is_of_losses_alone(const Data& y) const;
  // Those at the places of all outputs.
  Data with_all_outputs(const Data& y) const;
  // Whether all is by position, with a target for each output.
  bool is_ordered(const Batch& batch) const;
  // @throws ValueError unless there are weights for all outputs or for each, or none.
  void check_weights(const Data& sample_weight) const;
  // The step for the weights of now, unless there is one.
  void make_step(ModelImpl& model);
  void reset();
  // Takes in the loss of a batch of so many samples, and those of its outputs.
  void gather_loss(int64_t samples, double loss_value, const std::vector<Tensor>& losses);
  // What a call of compute_loss has found.
  void leave_losses(std::vector<Tensor> losses, int64_t samples);
  // Takes in those that compute_loss found in a step of the model's own, which gathers none of them itself.
  void gather_left_losses();
  // Takes a batch into the metrics.
  void gather_metrics(const Data& y, const Data& y_pred, const Data& sample_weight);
  // Loss and metrics in alphabetical order, as Keras logs them.
  // `own_steps`: the loss is left out where none was gathered.
  const callbacks::Logs& sorted(bool own_steps);
  // The loss, then the metrics in Keras's order: as in compile, or of several outputs their losses, then the metrics in
  // alphabetical order.
  callbacks::Logs in_order() const;
  // Adds all figures of the metrics that have several to what is logged of them.
  void add_values(callbacks::Logs& logs) const;
  // All that was gathered, by these metrics beside the compiled ones too, and back. @throws ValueError, ShapeError for
  // what is not that of these metrics; nothing is changed then.
  std::vector<metrics::MetricVariable> gathered(const std::vector<metrics::Metric>& listed) const;
  void set_gathered(const std::vector<metrics::MetricVariable>& state, const std::vector<metrics::Metric>& listed);

 private:
  // Of one call of compute_loss after the other; `samples` says of how many samples each was.
  template <class Samples>
  void gather_output_losses(const std::vector<Tensor>& losses, const Samples& samples);

  // mean_loss of each output goes along only where compute_loss gives it, which one of one's own may not.
  bool knows_output_losses_ = false;

  // Of in_order, with the names where they stay: it is asked for after each batch.
  std::vector<std::pair<const std::string*, double>> results() const;
};

// Keeps compile from replacing what such a call works with.
class TrainingUse {
 public:
  explicit TrainingUse(int& uses) : uses_(uses) { ++uses_; }
  ~TrainingUse() { --uses_; }
  TrainingUse(const TrainingUse&) = delete;
  TrainingUse& operator=(const TrainingUse&) = delete;

 private:
  int& uses_;
};

// While an evaluation goes on, what its steps go by; then what went before.
class KnownPenalties {
 public:
  KnownPenalties(std::optional<Penalties>& known, std::optional<Penalties> now)
      : known_(known), before_(std::exchange(known, std::move(now))) {}
  ~KnownPenalties() { known_ = std::move(before_); }
  KnownPenalties(const KnownPenalties&) = delete;
  KnownPenalties& operator=(const KnownPenalties&) = delete;

 private:
  std::optional<Penalties>& known_;
  std::optional<Penalties> before_;
};

// While fit works. The training step is made anew for the weights that it finds, and goes with it.
class Fitting {
 public:
  // @throws ValueError if a fit of the model goes on.
  Fitting(ModelImpl::Training& training, const std::string& model);
  ~Fitting();
  Fitting(const Fitting&) = delete;
  Fitting& operator=(const Fitting&) = delete;

 private:
  ModelImpl::Training& training_;
  const TrainingUse use_;
};

// A TrialState that leaves the metrics that a model lists as they were, too.
class Trial {
 public:
  Trial(const ModelImpl& model, const std::vector<metrics::Metric>& listed) : state_(model) {
    for (const metrics::Metric& metric : listed) state_.keep(metric);
  }

 private:
  layers::TrialState state_;
};

// Lets an evaluation within fit leave what fit has gathered as it is.
class TrackersApart {
 public:
  // `listed`: the model's metrics beside the compiled ones. Nothing is kept unless `apart`.
  TrackersApart(ModelImpl::Training& training, const std::vector<metrics::Metric>& listed, bool apart);
  ~TrackersApart();
  TrackersApart(const TrackersApart&) = delete;
  TrackersApart& operator=(const TrackersApart&) = delete;

 private:
  ModelImpl::Training& training_;
  const bool apart_;
  MeanLoss mean_loss_;
  std::vector<MeanLoss> output_losses_;
  std::vector<detail::KeptMetric> metrics_;
};

template <class What, class Note, class Call>
auto ModelImpl::with_context(const What& what, const Note& note, const Call& call) const {
  try {
    return call();
  } catch (Error& error) {
    const auto text = [](const auto& given) -> std::string {
      if constexpr (std::is_invocable_v<decltype(given)>) {
        return given();
      } else {
        return given;
      }
    };
    error.set_message(text(what) + error.message() + text(note));
    if (error.path().empty()) error.prepend_path(name());
    throw;
  }
}

}  // namespace xtape::models
