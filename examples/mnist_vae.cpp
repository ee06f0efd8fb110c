// A variational autoencoder (Kingma and Welling, 2013) on the MNIST digits, with a train_step of its own: digits become
// two numbers and come back. Writes vae_samples.svg, digits from a grid over the two numbers. Ten epochs take ten
// seconds:
//
//   469/469 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step - kl_loss: 5.7862 - loss: 154.5300 - reconstruction_loss: 148.7437
#include <iostream>
#include <vector>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/mnist.hpp"

using namespace xtape;

namespace {

struct VariationalAutoencoderImpl : ModelImpl {
  layers::Dense encode{256, {.activation = "relu"}}, mean{2}, log_variance{2};
  layers::Dense decode{256, {.activation = "relu"}}, pixels{784, {.activation = "sigmoid"}};
  metrics::Mean loss{"loss"}, reconstruction{"reconstruction_loss"}, divergence{"kl_loss"};

  Tensor decoded(const Tensor& code) { return pixels(decode(code)); }

  Tensor call(const Tensor& x) { return decoded(mean(encode(x))); }

  callbacks::Logs train_step(const Batch& batch) override {
    const Tensor& x = batch.x[0];
    const Tensor hidden = encode(x), mu = mean(hidden), log_sigma2 = log_variance(hidden);
    const Tensor code = mu + exp(0.5 * log_sigma2) * randn(mu.shape());
    const Tensor missed = 784 * losses::binary_crossentropy(x, decoded(code)).mean();
    const Tensor spread = -0.5 * (1 + log_sigma2 - square(mu) - exp(log_sigma2)).sum(1).mean();
    const Tensor total = missed + spread;
    const std::vector<Tensor> weights = handle().trainable_variables();
    optimizer().apply(grad({total}, weights), weights);

    const auto count = static_cast<double>(x.shape(0));
    loss.update_state(total.item(), count);
    reconstruction.update_state(missed.item(), count);
    divergence.update_state(spread.item(), count);
    callbacks::Logs logs;
    for (const metrics::Mean* each : {&loss, &reconstruction, &divergence}) logs.set(each->name(), each->result());
    return logs;
  }
};
using VariationalAutoencoder = Handle<VariationalAutoencoderImpl>;

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 10, .batch_size = 128});
  const auto [train, test] = examples::load_mnist(arguments.data);
  const Tensor x = train.first.reshape({-1, 784}).astype(float32) / 255;

  const VariationalAutoencoder model;
  model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.002})});
  model.fit(x, x, {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = arguments.verbose});

  // 15 by 15 codes between -2 and 2.
  const NoGrad no_grad;
  const Tensor line = linspace(-2, 2, 15);
  const Tensor across = line.reshape({1, 15}).broadcast_to({15, 15}).reshape({-1, 1});
  const Tensor down = line.reshape({15, 1}).broadcast_to({15, 15}).reshape({-1, 1});
  const Tensor samples = model->decoded(concatenate({across, down}, 1)).reshape({-1, 28, 28});
  plots::images(samples, arguments.output + "/vae_samples.svg", {.columns = 15});
  std::cout << "Wrote vae_samples.svg to " << arguments.output << '\n';
}
