#include "losses/function_loss.hpp"

namespace xtape::losses {
namespace {

class PlainLoss final : public LossImpl {
 public:
  using Values = Tensor (*)(const Tensor& y_true, const Tensor& y_pred);
  using Check = void (*)(const char* name, const Tensor& y_true, const Shape& prediction_shape);

  PlainLoss(const char* class_name, const char* own_name, Values values, Check check, const LossOptions& options)
      : LossImpl(options.name.empty() ? own_name : options.name, options.reduction),
        class_name_(class_name),
        own_name_(own_name),
        values_(values),
        check_(check) {}
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override { return values_(y_true, y_pred); }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    check_(own_name_, y_true, prediction_shape);
  }
  std::string class_name() const override { return class_name_; }
  void fields(Fields& f) override { LossOptions{.reduction = reduction(), .name = name()}.fields(f); }

 private:
  const char *class_name_, *own_name_;
  Values values_;
  Check check_;
};

}  // namespace

std::shared_ptr<LossImpl> plain_loss(const char* class_name, const char* name,
                                     Tensor (*values)(const Tensor&, const Tensor&), LossOptions options,
                                     void (*check)(const char*, const Tensor&, const Shape&)) {
  return std::make_shared<PlainLoss>(class_name, name, values, check, options);
}

}  // namespace xtape::losses
