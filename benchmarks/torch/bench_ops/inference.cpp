#include "bench_ops/groups.hpp"
#include "channels_last.hpp"
#include "models.hpp"
#include "row.hpp"

namespace bench {

void inference(const Runner& runner) {
  torch::InferenceMode inference;
  auto mlp = make_mlp();
  mlp->eval();
  const auto features = torch::rand({1, 784});
  runner.measure("latency.mlp", [&] { return torch::softmax(mlp->forward(features), -1); });

  auto cnn = make_cnn();
  cnn->eval();
  const auto image = torch::rand({1, 1, 28, 28});
  runner.measure("latency.cnn@nchw", [&] { return torch::softmax(cnn->forward(image), -1); });
  use_channels_last(*cnn);
  const auto image_channels_last = channels_last(image);
  runner.measure("latency.cnn@channels_last", [&] { return torch::softmax(cnn->forward(image_channels_last), -1); });
}

}  // namespace bench
