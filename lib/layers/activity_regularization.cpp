#include <xtape/layers/activity_regularization.hpp>
#include <xtape/layers/handle.hpp>

#include "layers/layer_fields.hpp"

namespace xtape::layers {
namespace {

LayerOptions regularizing(const ActivityRegularizationOptions& given) {
  LayerOptions options = layer_options(given);
  options.activity_regularizer = regularizers::L1L2({.l1 = given.l1, .l2 = given.l2});
  return options;
}

class ActivityRegularizationImpl : public LayerImpl {
 public:
  explicit ActivityRegularizationImpl(ActivityRegularizationOptions given)
      : LayerImpl(regularizing(given)), given_(std::move(given)) {
    converts_integers();
  }

  void fields(Fields& f) override { given_.fields(f); }

  Tensor call(const Tensor& x) { return x; }

  Tensor compute_mask(const Tensor&, const Tensor& mask) override { return mask; }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }

 private:
  ActivityRegularizationOptions given_;
};

}  // namespace

void ActivityRegularizationOptions::fields(Fields& f) {
  layer_fields(f, *this);
  f("l1", l1)("l2", l2);
}

ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : Layer(make_layer<ActivityRegularizationImpl>(std::move(options))) {}

ActivityRegularization ActivityRegularization::from_config(const Config& config) {
  return ActivityRegularization(read_fields<ActivityRegularizationOptions>(config, "ActivityRegularization"));
}

}  // namespace xtape::layers
