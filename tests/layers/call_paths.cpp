#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Where texts about operations name the layers that called them.
namespace xtape::test {
namespace {

struct LogImpl : layers::LayerImpl {
  explicit LogImpl(const std::string& name) : LayerImpl({.name = name}) {}
  Tensor call(const Tensor& x) { return log(x); }
};
using Log = Handle<LogImpl>;

Sequential two_logs() {
  const Sequential inner({Log("first")}, {.name = "inner"});
  return Sequential({inner, Log("second")}, {.name = "outer"});
}

std::string text_of_anomaly(const Tensor& y) {
  try {
    y.backward();
  } catch (const AutogradError& error) {
    return error.what();
  }
  return "nothing was found";
}

}  // namespace

TEST_CASE("an anomaly names the layers in whose calls the operation was recorded") {
  const Sequential model = two_logs();
  const Tensor x = tensor({1.0, 0.0}).set_requires_grad();  // log(1) is 0, of which the second one's derivative is inf
  const DetectAnomaly detect;
  CHECK_THAT(text_of_anomaly(sum(model(x))), Contains("of 'log' is inf at [0]") && Contains(", in outer/second"));
  CHECK_THAT(text_of_anomaly(sum(log(x))), Contains("of 'log' is inf at [1]") && !Contains(", in "));
  const Tensor zero = tensor({0.0}).set_requires_grad();
  CHECK_THAT(text_of_anomaly(sum(model.layers()[0](zero))), Contains(", in inner/first"));
}

TEST_CASE("an anomaly names no layers of what was recorded before anybody looked") {
  const Tensor x = tensor({0.0}).set_requires_grad();
  const Tensor y = Log("alone")(x);
  const DetectAnomaly detect;
  CHECK_THAT(text_of_anomaly(y), Contains("of 'log' is inf at [0]") && !Contains("alone"));
}

TEST_CASE("drawn graphs and programs name layers") {
  const Sequential model = two_logs();
  const Tensor x = tensor({3.0}).set_requires_grad();
  CHECK_THAT(graph_to_dot(sum(model(x))), !Contains("outer"));
  {
    const DetectAnomaly detect;
    CHECK_THAT(graph_to_dot(sum(model(x))), Contains("outer/inner/first") && Contains("outer/second"));
  }
  using Tensors = std::vector<Tensor>;
  const Program program = capture([&](const Tensors& in) -> Tensors { return {exp(model(in[0]))}; }, {x.detach()});
  CHECK_THAT(program.str(), Contains("outer/inner/first\n") && Contains("outer/second\n"));
  CHECK_THAT(program.to_dot(), Contains("outer/inner/first"));
  CHECK(program(x.detach()).item() == exp(log(log(x))).item());
}

}  // namespace xtape::test
