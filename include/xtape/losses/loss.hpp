#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <xtape/fields.hpp>
#include <xtape/tensor.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

namespace xtape::losses {

/// What a loss does. One of one's own derives from it.
///
/// `call` gives one value per sample (or per element of a sequence); `operator()` weighs and reduces them:
/// - "sum_over_batch_size" (default) and "mean": the sum divided by the number of values,
/// - "mean_with_sample_weight": the sum divided by the sum of the weights as they are given,
/// - "sum", "none".
///
/// A value that the mask of the predictions excludes, or one that `call` gives the values (`with_mask`), has the weight
/// 0 and is not in the number of values. Where that number or the sum of the weights is 0, the loss is 0. One number
/// that `call` gives for the whole batch counts once for each weight, or for each step that the mask leaves. Losses
/// compute in float32, or float64 where the predictions are of that type or integers.
class XTAPE_API LossImpl : public Configurable {
 public:
  /// @throws ValueError for an unknown reduction.
  explicit LossImpl(std::string name, std::string reduction = "sum_over_batch_size");

  /// The reduced loss. If the ranks of `y_true` and `y_pred` differ by one and the longer shape ends with 1,
  /// that axis does not count. `sample_weight` [batch] or of the shape of the values, or undefined.
  /// @throws ShapeError if shapes do not fit; ValueError for undefined tensors or targets that the loss does not take.
  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const;
  /// The values before reduction. @throws as operator().
  virtual Tensor call(const Tensor& y_true, const Tensor& y_pred) const = 0;
  /// Checks all targets of a training before it starts, for predictions of that shape. @throws ShapeError if it differs
  /// from that of the targets, IndexError for a label outside [0, classes), ValueError for a probability outside
  /// [0, 1]. By default nothing is checked.
  virtual void check_targets(const Tensor& y_true, const Shape& prediction_shape) const;

  const std::string& name() const { return name_; }
  const std::string& reduction() const { return reduction_; }

  /// For the library's own use: the object of a name.
  static std::shared_ptr<LossImpl> make(const std::string& name);

 private:
  // The loss that computes for tensors of these shapes, as they are given. By default this one.
  virtual const LossImpl& fitting(const Shape& y_true, const Shape& y_pred) const;

  std::string name_;
  std::string reduction_;
};

/// A measure of how far predictions are from targets, to be minimized. A handle: a copy is the same loss. Made of an
/// object, of a function of (y_true, y_pred) that returns one value per sample, or of a name, with its defaults:
/// "mean_squared_error" ("mse"), "mean_absolute_error" ("mae"), "mean_absolute_percentage_error" ("mape"),
/// "mean_squared_logarithmic_error" ("msle"), "huber", "log_cosh" ("logcosh"), "cosine_similarity",
/// "binary_crossentropy" ("bce"), "binary_focal_crossentropy", "categorical_crossentropy",
/// "categorical_focal_crossentropy", "sparse_categorical_crossentropy", "categorical_generalized_cross_entropy",
/// "kl_divergence" ("kld"), "poisson", "hinge", "squared_hinge", "categorical_hinge", "dice", "tversky", "circle",
/// "ctc", or a class name ("MeanSquaredError"); and "crossentropy" ("ce"), the binary one where the last axis of the
/// predictions is 1, the sparse one where that of the targets is, or lacks, else the categorical one. What its methods
/// do and throw is said at LossImpl.
class XTAPE_API Loss : public ObjectHandle<LossImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  /// A loss that is called "custom". @throws ValueError for an empty function.
  template <detail::FunctionFor<LossImpl, const Tensor&, const Tensor&> Function>
  Loss(Function function) : Loss(std::function<Tensor(const Tensor&, const Tensor&)>(std::move(function))) {}
  Loss(std::function<Tensor(const Tensor&, const Tensor&)> function);

  Tensor operator()(const Tensor& y_true, const Tensor& y_pred, const Tensor& sample_weight = {}) const {
    return (**this)(y_true, y_pred, sample_weight);
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const { return (**this).call(y_true, y_pred); }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const {
    (**this).check_targets(y_true, prediction_shape);
  }
  const std::string& name() const { return (**this).name(); }
  const std::string& reduction() const { return (**this).reduction(); }
};

/// Keras's form: `{"module": "keras.losses", "class_name": "MeanSquaredError", "config": {...}, ...}`, or null.
/// One of one's own that has a class_name and fields is written with its class_name as the registered name, which
/// deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const Loss& loss);
/// Reads a name too. @throws ValueError for an unknown class or option, with the nearest ones.
XTAPE_API Loss deserialize(const Config& config);
inline Config to_config(const Loss& loss) { return serialize(loss); }
inline void from_config(const Config& config, Loss& loss) { loss = deserialize(config); }

/// Settings of the losses without settings of their own. Those losses throw as LossImpl.
struct LossOptions {
  std::string reduction = "sum_over_batch_size";
  /// Default: Keras's name of the class.
  std::string name = {};

  XTAPE_API void fields(Fields& f);
};

/// A loss of one's own with a name: a function of (y_true, y_pred) that returns one value per sample.
/// @throws ValueError, in the call, if it returns an undefined tensor.
class XTAPE_API LossFunction : public Loss {
 public:
  /// @throws ValueError for an empty function or an unknown reduction.
  LossFunction(std::string name, std::function<Tensor(const Tensor&, const Tensor&)> function,
               std::string reduction = "sum_over_batch_size");
};

}  // namespace xtape::losses
