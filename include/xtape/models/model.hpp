#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <xtape/callbacks/history.hpp>
#include <xtape/callbacks/logs.hpp>
#include <xtape/layers/layer.hpp>
#include <xtape/models/options.hpp>

namespace xtape::models {

/// A layer that can be trained. A model of one's own holds its layers through `track` and computes in `call`:
/// ```
/// struct Mlp : Model {
///   layers::Dense& hidden = track("hidden", layers::Dense(64, {.activation = "relu"}));
///   layers::Dense& output = track("output", layers::Dense(10));
///   Tensor call(const Tensor& x, bool training) override { return output(hidden(x, training), training); }
/// };
/// ```
class XTAPE_API Model : public layers::Layer {
 public:
  explicit Model(std::string name = {});
  ~Model() override;
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  /// Builds the layers by a call on zeros of that shape (with -1, or any number, for the batch).
  void build(const Shape& input_shape) override;

  /// Sets how the model is trained. @throws ValueError if no loss is given, or one with the reduction "none", or if
  /// optimizer or a metric is null, or a metric is given twice.
  void compile(const CompileOptions& options);

  /// Trains on x [n, ...] and y [n, ...]; returns loss and metrics of each epoch. The loss of an epoch is the
  /// mean over its samples, penalties of regularizers included. A model that is not built is built for x.
  /// @throws ValueError before compile, for x and y of different lengths, no samples, batch_size or epochs below 1,
  /// validation_split outside [0, 1) or leaving one part empty, verbose other than 0, 1 or 2, a null callback, a model
  /// without trainable weights, targets that the loss does not take; ShapeError if x does not fit the model or y its
  /// outputs; IndexError for a label outside [0, classes). With validation data errors say which data are meant, and
  /// nothing is changed then.
  callbacks::History fit(const Tensor& x, const Tensor& y, const FitOptions& options = {});

  /// The loss, then the metrics in the order of compile, on x and y. Read them by place or name:
  /// `score[1]`, `score["accuracy"]`. @throws as fit.
  callbacks::Logs evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options = {});

  /// The outputs for x [n, ...], computed batch by batch without recording.
  /// @throws ValueError for no samples, batch_size below 1 or verbose other than 0, 1 or 2; ShapeError if the model
  /// does not give one output for each sample.
  Tensor predict(const Tensor& x, const PredictOptions& options = {});

  /// Writes Keras's table of layers, output shapes and numbers of parameters, to std::cout if `out` is left out.
  /// `line_length` is the width of the table in characters. @throws ValueError if it is below 20.
  void summary() const;
  void summary(std::ostream& out, int line_length = 88) const;

  bool compiled() const { return training_ != nullptr; }
  /// @throws ValueError before compile.
  optimizers::Optimizer& optimizer() const;

  /// Set by a callback to end `fit` after the epoch.
  bool stop_training = false;

 private:
  struct Training;

  Training& training(const char* method) const;
  // Both begin their errors with `what`, "fit: " for one. The first looks at shapes alone; the second tries model, loss
  // and metrics on one sample, before anything changes, and the loss looks at all targets.
  void check_data(const std::string& what, const Tensor& x, const Tensor& y);
  void try_data(const std::string& what, const Tensor& x, const Tensor& y);
  // call(), whose errors get this model in their path, `what` in front and `note` behind.
  template <class Call>
  auto with_context(const std::string& what, const std::string& note, const Call& call) const;
  callbacks::Logs test(const Tensor& x, const Tensor& y, int64_t batch_size, int verbose);

  std::unique_ptr<Training> training_;
};

}  // namespace xtape::models

namespace xtape {
using models::Model;
}
