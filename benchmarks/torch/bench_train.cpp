// The libtorch twin of bench_train: the same models, batches and updates. `--variant channels_last` trains the CNN in
// NHWC order; `--flush_denormal 1` treats denormal numbers as zero, which Adam's averages meet after some hundred
// steps.

#include <torch/torch.h>

#include <cstdio>
#include <exception>

#include "channels_last.hpp"
#include "models.hpp"
#include "training.hpp"

namespace {

template <class Model>
void train(const bench::TrainingOptions& options, Model model, torch::IntArrayRef sample_shape) {
  const auto count = static_cast<std::int64_t>(options.samples());
  std::int64_t sample_size = 1;
  for (const auto extent : sample_shape) sample_size *= extent;
  auto samples = bench::made_up_samples(options.samples(), static_cast<std::size_t>(sample_size));
  std::vector<std::int64_t> shape{count};
  shape.insert(shape.end(), sample_shape.begin(), sample_shape.end());
  const auto x = torch::from_blob(samples.features.data(), shape);
  const auto y = torch::from_blob(samples.labels.data(), {count}, torch::kInt64);
  const bool channels_last = options.variant == "channels_last";
  if (channels_last) bench::use_channels_last(*model);

  model->train();
  auto parameters = model->parameters();
  torch::optim::Adam optimizer(parameters, torch::optim::AdamOptions(1e-3).eps(1e-7));
  bench::report_training(options, [&] {
    const auto order = torch::randperm(count, torch::kInt64);
    double total = 0;
    for (std::int64_t start = 0; start < count; start += options.batch) {
      const auto indices = order.narrow(0, start, options.batch);
      auto batch = x.index_select(0, indices);
      if (channels_last) batch = bench::channels_last(batch);
      for (auto& parameter : parameters) parameter.mutable_grad().reset();  // cheaper than zero_grad's zeros
      const auto loss = torch::nn::functional::cross_entropy(model->forward(batch), y.index_select(0, indices));
      loss.backward();
      optimizer.step();
      total += loss.template item<float>();
    }
    return total;
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Arguments arguments(argc, argv);
  const bench::TrainingOptions options(arguments);
  torch::set_num_threads(options.threads);
  torch::set_num_interop_threads(1);
  at::globalContext().setFlushDenormal(arguments.get("flush_denormal", 0) != 0);
  if (options.model == "mlp" || options.model == "functional_mlp") train(options, bench::make_mlp(), {784});
  if (options.model == "cnn") train(options, bench::make_cnn(), {1, 28, 28});
  if (options.model == "lstm") train(options, bench::LstmClassifier(), {28, 28});
  if (options.model == "transformer") train(options, bench::TransformerClassifier(), {64, 128});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_train: %s\n", error.what());
  return 1;
}
