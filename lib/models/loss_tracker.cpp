#include "models/loss_tracker.hpp"

#include <utility>
#include <xtape/metrics/reduction.hpp>

namespace xtape::models {
namespace {

class LossTracker final : public metrics::MetricImpl {
 public:
  explicit LossTracker(std::shared_ptr<MeanLoss> mean) : MetricImpl(mean->name), mean_(std::move(mean)) {}

  // As Mean: values, and their weights.
  void update_state(const Tensor& values, const Tensor&, const Tensor& sample_weight) override {
    const metrics::Mean batch(name());
    batch.update_state(values, sample_weight);
    mean_->total += batch.variables()[0].value.item();
    mean_->samples += batch.variables()[1].value.item();
  }
  double result() const override { return mean_->result(); }
  void reset_state() override { mean_->reset(); }

 private:
  std::shared_ptr<MeanLoss> mean_;
};

}  // namespace

metrics::Metric loss_tracker(std::shared_ptr<MeanLoss> mean) { return std::make_shared<LossTracker>(std::move(mean)); }

}  // namespace xtape::models
