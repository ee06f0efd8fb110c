#include "losses/crossentropy_by_shape.hpp"

#include <cctype>
#include <utility>
#include <xtape/losses/crossentropy.hpp>

namespace xtape::losses {
namespace {

class CrossentropyByShape final : public LossImpl {
 public:
  using LossImpl::LossImpl;

  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return fitting(y_true.shape(), y_pred.shape()).call(y_true, y_pred);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    fitting(y_true.shape(), prediction_shape).check_targets(y_true, prediction_shape);
  }
  std::string class_name() const override { return "CrossentropyByShape"; }
  void fields(Fields& f) override { LossOptions{.reduction = reduction(), .name = name()}.fields(f); }

 private:
  // By the shapes before they are brought to one rank: targets [n, steps] of predictions [n, steps, 1] are no classes.
  const LossImpl& fitting(const Shape& y_true, const Shape& y_pred) const override {
    const auto length = [](const Shape& shape) { return shape.rank() > 0 ? shape.back() : 1; };
    if (length(y_pred) == 1) return *binary_;
    return y_true.rank() < y_pred.rank() || length(y_true) == 1 ? *sparse_ : *categorical_;
  }

  Loss binary_ = BinaryCrossentropy(), sparse_ = SparseCategoricalCrossentropy(),
       categorical_ = CategoricalCrossentropy();
};

}  // namespace

std::shared_ptr<LossImpl> crossentropy_by_shape(std::string name) {
  return std::make_shared<CrossentropyByShape>(std::move(name));
}

bool is_crossentropy_by_shape(std::string name) {
  for (char& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return name == "crossentropy" || name == "ce";
}

}  // namespace xtape::losses
