#pragma once

#include <memory>
#include <string>
#include <utility>
#include <xtape/losses/loss.hpp>

#include "losses/operands.hpp"

namespace xtape::losses {

// What a loss is made of that is a function with options: `values` gives one value per sample, `check_targets` is what
// LossImpl says of it.
template <class Options>
struct LossDefinition {
  const char* class_name;
  // Keras's default.
  const char* name;
  Tensor (*values)(const Tensor& y_true, const Tensor& y_pred, const Options& options);
  void (*check_targets)(const Tensor& y_true, const Shape& prediction_shape, const Options& options);
};

template <class Options>
class FunctionLoss final : public LossImpl {
 public:
  FunctionLoss(const LossDefinition<Options>& definition, Options options)
      : LossImpl(options.name.empty() ? definition.name : options.name, options.reduction),
        definition_(definition),
        options_(std::move(options)) {
    options_.name = name();
    options_.reduction = reduction();
  }
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const override {
    return definition_.values(y_true, y_pred, options_);
  }
  void check_targets(const Tensor& y_true, const Shape& prediction_shape) const override {
    definition_.check_targets(y_true, prediction_shape, options_);
  }
  std::string class_name() const override { return definition_.class_name; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  LossDefinition<Options> definition_;
  Options options_;
};

template <class Options>
std::shared_ptr<LossImpl> function_loss(const LossDefinition<Options>& definition, Options options) {
  return std::make_shared<FunctionLoss<Options>>(definition, std::move(options));
}

// A loss without options of its own, whose name is that of its function. `check` is given that name too.
std::shared_ptr<LossImpl> plain_loss(const char* class_name, const char* name,
                                     Tensor (*values)(const Tensor& y_true, const Tensor& y_pred), LossOptions options,
                                     void (*check)(const char* name, const Tensor& y_true,
                                                   const Shape& prediction_shape) = check_operands);

}  // namespace xtape::losses
