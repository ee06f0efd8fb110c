#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

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
  optimizers::Optimizer optimizer;
  losses::Loss loss;
  std::vector<metrics::Metric> metrics;
  metrics::Mean mean_loss;
  bool jit_compile = false;
  // All weights and whether they are trainable, as of compile, or of the first fit where there were none.
  std::vector<layers::Variable> compiled_weights;
  // Of the weights that fit or evaluate found.
  Penalties penalties;
  // What sorted() gave last: its names stay.
  callbacks::Logs logs;
  // While fit runs.
  std::unique_ptr<TrainStep> step;

  Training();
  ~Training();
  void reset();
  // Takes in one batch; `loss_value` is its loss.
  void gather(const Tensor& y_true, const Tensor& y_pred, double loss_value);
  // Loss and metrics in alphabetical order, as Keras logs them.
  const callbacks::Logs& sorted();
  // The loss, then the metrics in the order of compile.
  callbacks::Logs in_order() const;
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

// The samples of x and y in batches, in the order that `order` (int64 [n]) gives, or as they lie.
class Batches {
 public:
  Batches(const Tensor& x, const Tensor& y, int64_t batch_size) : x_(x), y_(y), batch_size_(batch_size) {}

  int64_t size() const { return x_.shape(0) / batch_size_ + (x_.shape(0) % batch_size_ != 0); }
  void set_order(Tensor order) { order_ = std::move(order); }
  std::pair<Tensor, Tensor> operator[](int64_t position) const;

 private:
  Tensor x_, y_, order_;
  int64_t batch_size_;
};

}  // namespace xtape::models
