#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>
#include <xtape/callbacks/history.hpp>
#include <xtape/callbacks/logs.hpp>
#include <xtape/layers/handle.hpp>
#include <xtape/layers/layer_impl.hpp>
#include <xtape/models/model.hpp>
#include <xtape/models/options.hpp>

namespace xtape::models {

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
  ~ModelImpl() override;

  /// Builds the layers by a call on zeros of that shape (with -1, or any number, for the batch).
  void build(const Shape& input_shape) override;

  /// One step of `fit` on a batch; returns what is logged. By default: a call in training, compute_loss, the gradients
  /// with respect to all trainable weights, their update by the optimizer; loss and metrics of the epoch so far.
  virtual callbacks::Logs train_step(const Tensor& x, const Tensor& y);
  /// One step of `evaluate`, likewise, without an update.
  virtual callbacks::Logs test_step(const Tensor& x, const Tensor& y);
  /// The loss of a batch, one number. By default the compiled loss and all that `losses()` lists: what the call before
  /// added, and the penalties of the regularizers.
  /// @throws ValueError if the model was compiled without a loss.
  virtual Tensor compute_loss(const Tensor& x, const Tensor& y, const Tensor& y_pred);

  /// The symbols that the model is made of. By default @throws ValueError: it is not made of any.
  virtual std::vector<Symbol> inputs();
  virtual std::vector<Symbol> outputs();
  /// Whether there are such symbols.
  virtual bool has_graph() const { return false; }

  // -- See Model ------------------------------------------------------------------------------------------------

  void compile(const CompileOptions& options);
  callbacks::History fit(const Tensor& x, const Tensor& y, const FitOptions& options);
  callbacks::Logs evaluate(const Tensor& x, const Tensor& y, const EvaluateOptions& options);
  Tensor predict(const Tensor& x, const PredictOptions& options);
  void summary(std::ostream& out, int line_length) const;
  bool compiled() const { return training_ != nullptr; }
  const optimizers::Optimizer& optimizer() const;
  /// This model.
  Model handle();

  bool stop_training = false;

  template <class Impl>
  static constexpr bool works_without_call() {
    return has_own_train_step<Impl>;
  }
  template <class Impl>
  void made_as() {
    own_train_step_ = has_own_train_step<Impl>;
    own_compute_loss_ = !std::is_same_v<decltype(&Impl::compute_loss),
                                        Tensor (ModelImpl::*)(const Tensor&, const Tensor&, const Tensor&)>;
  }

 protected:
  explicit ModelImpl(layers::LayerOptions options = {});

 private:
  struct Training;

  template <class Impl>
  static constexpr bool has_own_train_step =
      !std::is_same_v<decltype(&Impl::train_step), callbacks::Logs (ModelImpl::*)(const Tensor&, const Tensor&)>;

  Training& training_of(const char* method) const;
  // Both begin their errors with `what`, "fit: " for one. The first looks at shapes alone; the second tries model, loss
  // and metrics on one sample, before anything changes, and the loss looks at all targets.
  void check_data(const std::string& what, const Tensor& x, const Tensor& y);
  void try_data(const std::string& what, const Tensor& x, const Tensor& y);
  // @throws ValueError if the trainable weights are others than those that the model was compiled, or last fitted,
  // with.
  void check_trainable() const;
  // call(), whose errors get this model in their path, `what` in front and `note` behind.
  template <class Call>
  auto with_context(const std::string& what, const std::string& note, const Call& call) const;
  callbacks::Logs test(const Tensor& x, const Tensor& y, int64_t batch_size, int verbose);

  bool own_train_step_ = false;
  bool own_compute_loss_ = false;
  std::unique_ptr<Training> training_;
};

}  // namespace xtape::models

namespace xtape {
using layers::Handle;
using models::ModelImpl;
}  // namespace xtape
