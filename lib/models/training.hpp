#pragma once

#include <memory>
#include <string>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/compiled_output.hpp"

namespace xtape::models {

class TrainStep;

// Variables that have a penalty in the loss.
class Penalties {
 public:
  Penalties() = default;
  explicit Penalties(const layers::LayerImpl& model);
  // The loss with all penalties added.
  Tensor add_to(Tensor loss) const;

 private:
  std::vector<layers::Variable> variables_;
};

// What compile sets, and the loss and metrics gathered so far.
struct ModelImpl::Training {
  CompileOptions options;
  // Empty until their number is known.
  std::vector<CompiledOutput> outputs;
  metrics::Mean mean_loss;
  // The losses, without their weights, that compute_loss found in this batch, where several outputs have one.
  std::vector<Tensor> output_losses;
  // All weights and whether they are trainable, as of compile, or of the first fit where there were none.
  std::vector<layers::Variable> compiled_weights;
  // Of the weights that fit or evaluate found.
  Penalties penalties;
  // What sorted() gave last: its names stay.
  callbacks::Logs logs;
  // How many calls of fit, evaluate and the like go on.
  int uses = 0;
  // While fit runs, or since the first train_on_batch.
  std::unique_ptr<TrainStep> step;

  explicit Training(const CompileOptions& options);
  ~Training();
  void reset();
  // Takes in one batch; `loss_value` is its loss.
  void gather(const Batch& batch, const std::vector<Tensor>& y_pred, double loss_value,
              const std::vector<Tensor>& losses);
  // Loss and metrics in alphabetical order, as Keras logs them.
  const callbacks::Logs& sorted();
  // The loss, then the metrics in Keras's order: as in compile, or of several outputs their losses, then the metrics in
  // alphabetical order.
  callbacks::Logs in_order() const;

 private:
  // mean_loss of each output goes along only where compute_loss gives it, which one of one's own may not.
  bool knows_output_losses_ = false;
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

template <class Call>
auto ModelImpl::with_context(const std::string& what, const std::string& note, const Call& call) const {
  try {
    return call();
  } catch (Error& error) {
    error.set_message(what + error.message() + note);
    if (error.path().empty()) error.prepend_path(name());
    throw;
  }
}

// The weights of the samples for an output: those for all, or its own; undefined if there are none.
Tensor weight_of(const Data& sample_weight, std::size_t output);

// The samples in that range, or of these numbers (int64 [n]).
Batch slice(const Batch& data, const Slice& range);
Batch take(const Batch& data, const Tensor& indices);

// All samples in batches, in the order that `order` (int64 [n]) gives, or as they lie.
class Batches {
 public:
  Batches(Batch data, int64_t batch_size) : data_(std::move(data)), batch_size_(batch_size) {}

  int64_t samples() const { return data_.x[0].shape(0); }
  int64_t size() const { return samples() / batch_size_ + (samples() % batch_size_ != 0); }
  void set_order(Tensor order) { order_ = std::move(order); }
  Batch operator[](int64_t position) const;

 private:
  Batch data_;
  Tensor order_;
  int64_t batch_size_;
};

}  // namespace xtape::models
