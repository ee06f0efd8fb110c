#include <vector>
#include <xtape/autograd.hpp>
#include <xtape/layers/gradcheck.hpp>

namespace xtape::layers {
namespace {

// What is not trainable may move in training; it is put back.
class KeptWeights {
 public:
  explicit KeptWeights(const Layer& layer) : layer_(layer), values_(layer.get_weights()) {}
  KeptWeights(const KeptWeights&) = delete;
  KeptWeights& operator=(const KeptWeights&) = delete;
  ~KeptWeights() {
    const NoGrad no_grad;
    const std::vector<Variable> weights = layer_.weights();
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i].value.assign(values_[i]);
  }

 private:
  const Layer& layer_;
  const std::vector<Tensor> values_;
};

template <class Check>
GradcheckReport check_layer(const Layer& layer, const Tensor& x, bool training, const Check& check) {
  layer(x);
  const KeptWeights kept(layer);
  std::vector<GradcheckParameter> parameters;
  for (const Variable& weight : layer.trainable_weights()) parameters.push_back({weight.path, weight.value});
  Tensor input = x;
  // A layer of another type would round what is moved.
  if (x.dtype() == float64 && layer.dtype() == float64) {
    input = x.detach().clone().set_requires_grad();
    parameters.push_back({"x", input});
  }
  return check([&]() -> std::vector<Tensor> { return {layer(input, {.training = training})}; }, parameters);
}

}  // namespace

GradcheckReport gradcheck(const Layer& layer, const Tensor& x, const LayerGradcheckOptions& options) {
  return check_layer(layer, x, options.training, [&](const auto& function, const auto& parameters) {
    return xtape::gradcheck(function, parameters, options.check);
  });
}

GradcheckReport gradgradcheck(const Layer& layer, const Tensor& x, const LayerGradcheckOptions& options) {
  return check_layer(layer, x, options.training, [&](const auto& function, const auto& parameters) {
    return xtape::gradgradcheck(function, parameters, options.check);
  });
}

}  // namespace xtape::layers
