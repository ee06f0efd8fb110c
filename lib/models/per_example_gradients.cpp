#include <string>
#include <xtape/autograd.hpp>
#include <xtape/error.hpp>
#include <xtape/mask.hpp>
#include <xtape/models/per_example_gradients.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/manipulation.hpp>
#include <xtape/vmap.hpp>

namespace xtape::models {
namespace {

void check_data(const Model& model, const losses::Loss& loss, const Tensor& x, const Tensor& y) {
  const std::string prefix = "per_example_gradients: ";
  if (!x.defined() || !y.defined()) throw ValueError(prefix + "x and y must be defined", model.name());
  if (x.rank() < 1 || y.rank() < 1 || x.shape(0) != y.shape(0)) {
    throw ShapeError(prefix + "x and y must be of one length: x " + x.shape().str() + ", y " + y.shape().str(),
                     model.name());
  }
  if (x.shape(0) == 0) throw ValueError(prefix + "there are no samples: x " + x.shape().str(), model.name());
  if (!model.built())
    throw ValueError(prefix + "the model has no weights yet; build it or call it first", model.name());
  if (loss.reduction() == "none") {
    throw ValueError(prefix + "the loss " + loss.name() + " has the reduction \"none\"; each example needs one number",
                     model.name());
  }
}

// An example as a batch of one.
Tensor batch_of(const Tensor& example) {
  const Tensor batch = example.expand_dims(0);
  return has_mask(example) ? with_mask(batch, mask_of(example).expand_dims(0)) : batch;
}

}  // namespace

std::vector<Tensor> per_example_gradients(const Model& model, const losses::Loss& loss, const Tensor& x,
                                          const Tensor& y, PerExampleGradientsOptions options) {
  check_data(model, loss, x, y);
  const std::vector<Tensor> variables = model.trainable_variables();
  const auto gradients = [&](const std::vector<Tensor>& sample) {
    // Operations on the one example are recorded, those on all of them together are not.
    const EnableGrad recording;
    const Tensor prediction = model(batch_of(sample[0]), {.training = options.training});
    const Tensor value = loss(sample[1].expand_dims(0), prediction);
    std::vector<Tensor> found = grad(value, variables, {.allow_unused = true});
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!found[i].defined()) found[i] = zeros_like(variables[i]);
    }
    return found;
  };
  const NoGrad no_grad;
  return vmap(gradients, {.randomness = Randomness::different})(std::vector<Tensor>{x, y});
}

}  // namespace xtape::models
