#include "groups.hpp"
#include "models.hpp"
#include "timing.hpp"

namespace bench {

void inference(const Runner& runner) {
  const xtape::NoGrad no_grad;
  auto mlp = make_mlp();
  const auto features = xtape::rand({1, 784});
  runner.measure("latency.mlp", [&] { return mlp(features); });

  auto cnn = make_cnn();
  const auto image = xtape::rand({1, 28, 28, 1});
  runner.measure("latency.cnn", [&] { return cnn(image); });
}

}  // namespace bench
