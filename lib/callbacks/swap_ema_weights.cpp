#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/callbacks/swap_ema_weights.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model.hpp>

namespace xtape::callbacks {
namespace {

class SwapEMAWeightsImpl final : public CallbackImpl {
 public:
  explicit SwapEMAWeightsImpl(SwapEMAWeightsOptions options) : options_(options) {}

  void on_train_begin() override { in_epoch_ = false; }
  void on_epoch_begin(int64_t) override {
    in_epoch_ = true;
    if (options_.swap_on_epoch) set_swapped(false);
  }
  // What was kept between epochs was kept as it stood there.
  void on_resume() override {
    if (options_.swap_on_epoch && !in_epoch_) swapped_ = true;
  }
  void on_epoch_end(int64_t epoch, Logs&) override {
    in_epoch_ = false;
    if (!options_.swap_on_epoch) return;
    set_swapped(true);
    // At its end fit sets the weights to the averages: these have to be the averages still. As in Keras, a fit that is
    // stopped before its last epoch ends with the weights themselves, wherever the callback that stops it stands.
    if (epoch == params().epochs - 1) {
      const NoGrad no_grad;
      const std::vector<Tensor> weights = model().trainable_variables();
      const std::vector<Tensor>& averages = averages_of(weights.size());
      for (std::size_t i = 0; i < weights.size(); ++i) averages[i].assign(weights[i]);
    }
  }
  void on_test_begin() override { set_swapped(true); }
  void on_test_end(const Logs&) override { set_swapped(false); }
  void on_predict_begin() override { set_swapped(true); }
  void on_predict_end() override { set_swapped(false); }

 private:
  const std::vector<Tensor>& averages_of(std::size_t weights) const {
    const optimizers::Optimizer optimizer = model().optimizer();
    const std::vector<Tensor>& averages = optimizer.averages();
    if (averages.size() != weights) {
      throw ValueError(
          "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, after its first step: it has " +
          std::to_string(averages.size()) + " averages for " + std::to_string(weights) + " weights");
    }
    return averages;
  }

  void set_swapped(bool swapped) {
    if (swapped == swapped_) return;
    const NoGrad no_grad;
    const std::vector<Tensor> weights = model().trainable_variables();
    const std::vector<Tensor>& averages = averages_of(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor weight = weights[i].clone();
      weights[i].assign(averages[i]);
      averages[i].assign(weight);
    }
    swapped_ = swapped;
  }

  SwapEMAWeightsOptions options_;
  bool swapped_ = false, in_epoch_ = false;
};

}  // namespace

SwapEMAWeights::SwapEMAWeights(SwapEMAWeightsOptions options) : Callback(SwapEMAWeightsImpl(options)) {}

}  // namespace xtape::callbacks
