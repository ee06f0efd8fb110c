#include <xtape/detail/floating.hpp>
#include <xtape/detail/targets.hpp>
#include <xtape/detail/weighting.hpp>
#include <xtape/losses/mean_errors.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/elementwise.hpp>

namespace xtape::losses {
namespace {

// A shape that merely broadcasts is nearly always a mistake, and costs memory; Keras lets it pass.
Tensor difference(const char* name, const Tensor& y_true, const Tensor& y_pred) {
  detail::check_defined(name, y_true, y_pred);
  const auto [target, prediction] = detail::to_same_rank(y_true, y_pred);
  detail::check_same_shape(name, target, prediction);
  const Tensor numbers = detail::to_floating(prediction);
  return numbers - target.astype(numbers.dtype());
}

void check_shape(const char* name, const Tensor& y_true, const Shape& prediction_shape) {
  const auto [target, prediction] = detail::to_same_rank(y_true.shape(), prediction_shape);
  detail::check_same_shape(name, target, prediction);
}

std::string name_or(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

using Function = Tensor (*)(const Tensor&, const Tensor&);

// A loss that is the mean of such a function, whose name is `own_name`.
class MeanErrorImpl : public LossImpl {
 public:
  MeanErrorImpl(const char* class_name, const char* own_name, Function function, const LossOptions& options)
      : LossImpl(name_or(options.name, own_name), options.reduction),
        class_name_(class_name),
        own_name_(own_name),
        function_(function) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return function_(y_true, y_pred); }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    check_shape(own_name_, y_true, prediction_shape);
  }
  std::string class_name() const override { return class_name_; }
  void fields(Fields& f) override { LossOptions{.reduction = reduction(), .name = name()}.fields(f); }

 private:
  const char* class_name_;
  const char* own_name_;
  Function function_;
};

}  // namespace

Tensor mean_squared_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(square(difference("mean_squared_error", y_true, y_pred)));
}

Tensor mean_absolute_error(const Tensor& y_true, const Tensor& y_pred) {
  return detail::mean_of_last_axis(abs(difference("mean_absolute_error", y_true, y_pred)));
}

MeanSquaredError::MeanSquaredError(LossOptions options)
    : Loss(std::make_shared<MeanErrorImpl>("MeanSquaredError", "mean_squared_error", mean_squared_error, options)) {}

MeanAbsoluteError::MeanAbsoluteError(LossOptions options)
    : Loss(std::make_shared<MeanErrorImpl>("MeanAbsoluteError", "mean_absolute_error", mean_absolute_error, options)) {}

}  // namespace xtape::losses
