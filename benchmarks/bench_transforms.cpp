// bench_transforms [--threads N] [--rows name,...]: what vmap, forward mode and derivatives made of them cost, and what
// they are compared with, measured in turn: loops of `grad`, the gradient of a batch, a gradient, the function alone.
// Each row prints its time and the other's in microseconds and their quotient; the last rows are geometric means of
// those of jvp. The libtorch twin has the rows that begin with `transforms`.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "models.hpp"
#include "timing.hpp"

namespace {

using xtape::Tensor;
using Tensors = std::vector<Tensor>;
using Work = std::function<void()>;

double seconds(const Work& work, int repeats) {
  const double begin = bench::now();
  for (int i = 0; i < repeats; ++i) work();
  return (bench::now() - begin) / repeats;
}

// Medians of the times of a call, the two measured in turn.
std::pair<double, double> times_in_turn(const Work& a, const Work& b) {
  const auto repeats = [](const Work& work) {
    seconds(work, 2);
    return std::max(1, static_cast<int>(0.002 / std::max(seconds(work, 1), 1e-9)));
  };
  const int of_a = repeats(a), of_b = repeats(b);
  std::vector<double> times_a, times_b;
  for (const double start = bench::now(); times_a.size() < 5 || bench::now() - start < 0.15;) {
    times_a.push_back(seconds(a, of_a));
    times_b.push_back(seconds(b, of_b));
  }
  return {bench::median(times_a), bench::median(times_b)};
}

// Prints the time of `work`, that of `other` and their quotient, which is returned.
double compare(const bench::Runner& runner, const std::string& name, const Work& work, const char* other_name,
               const Work& other) {
  const auto [time, other_time] = times_in_turn(work, other);
  bench::print_row(name, runner.threads(), "us", time * 1e6);
  bench::print_row(name + "." + other_name, runner.threads(), "us", other_time * 1e6);
  bench::print_row(name + "/" + other_name, runner.threads(), "x", time / other_time);
  return time / other_time;
}

// A 64-128-64 network for 32 samples: all 64 x 64 derivatives of each.
void jacobian_row(const bench::Runner& runner) {
  const std::string name = "transforms.jacobian.64-128-64.batch_32";
  if (!runner.wants(name)) return;
  const Tensor w1 = xtape::randn({64, 128}) * 0.1, w2 = xtape::randn({128, 64}) * 0.1, x = xtape::randn({32, 64});
  const auto network = [&](const Tensor& v) { return matmul(tanh(matmul(v, w1)), w2); };
  const auto by_vmap = xtape::vmap([&](const Tensor& v) { return xtape::jacobian(network, v); });
  const auto by_loop = [&] {
    for (int64_t i = 0; i < x.shape(0); ++i) {
      const Tensor variable = x[i].clone().set_requires_grad();
      const Tensor y = network(variable);
      Tensors rows;
      for (int64_t k = 0; k < y.numel(); ++k) rows.push_back(grad(y[k], variable, {.retain_graph = true}));
      stack(rows);
    }
  };
  compare(
      runner, name, [&] { by_vmap(x); }, "loop", by_loop);
}

void hessian_row(const bench::Runner& runner) {
  const std::string name = "transforms.hessian.32";
  if (!runner.wants(name)) return;
  const Tensor a = xtape::randn({32, 32}) * 0.2, x = xtape::randn({32});
  const auto f = [&](const Tensor& v) { return sum(square(tanh(matmul(a, v)))); };
  const auto by_loop = [&] {
    const Tensor variable = x.clone().set_requires_grad();
    const Tensor gradient = grad(f(variable), variable, {.create_graph = true});
    Tensors rows;
    for (int64_t k = 0; k < x.numel(); ++k) rows.push_back(grad(gradient[k], variable, {.retain_graph = true}));
    stack(rows);
  };
  compare(
      runner, name, [&] { xtape::hessian(f, x); }, "loop", by_loop);
}

// Against the gradient of the batch and writing as many numbers as there are in the result, 51 MB.
void per_example_row(const bench::Runner& runner) {
  const std::string name = "transforms.per_example_gradients.784-128-10.batch_128";
  if (!runner.wants(name)) return;
  xtape::Sequential model = bench::make_mlp();
  const xtape::losses::SparseCategoricalCrossentropy loss;
  const Tensor x = xtape::rand({128, 784}), y = xtape::randint(0, 10, {128});
  model(x);
  const Tensors variables = model.trainable_variables();
  const auto batch_gradient = [&] { grad(loss(y, model(x)), variables); };
  const auto bound = [&] {
    batch_gradient();
    for (const Tensor& variable : variables) xtape::ones({128 * variable.numel()});
  };
  const auto all = [&] { xtape::models::per_example_gradients(model, loss, x, y); };
  compare(runner, name, all, "batch_gradient", batch_gradient);
  compare(runner, name, all, "batch_gradient_and_write", bound);
}

void hvp_row(const bench::Runner& runner) {
  const std::string name = "transforms.hvp.784-128-10.batch_128";
  if (!runner.wants(name)) return;
  const Tensor x = xtape::rand({128, 784}), labels = xtape::randint(0, 10, {128});
  const Tensors weights = {xtape::randn({784, 128}) * 0.05, xtape::zeros({128}), xtape::randn({128, 10}) * 0.1,
                           xtape::zeros({10})};
  Tensors directions;
  for (const Tensor& w : weights) directions.push_back(xtape::randn(w.shape()));
  const std::function<Tensor(const Tensors&)> loss = [&](const Tensors& w) {
    const Tensor logits = dense(dense(x, w[0], w[1], "tanh"), w[2], w[3]);
    return mean(xtape::sparse_categorical_crossentropy_from_logits(labels, logits));
  };
  compare(
      runner, name, [&] { xtape::hvp(loss, weights, directions); }, "gradient",
      [&] { xtape::value_and_grad(loss, weights); });
}

// Rows of bench_ops as functions: forward, and values with tangents for all inputs.
class JvpRows {
 public:
  explicit JvpRows(const bench::Runner& runner) : runner_(runner) {}
  ~JvpRows() {
    for (const auto& [kind, logs] : logarithms_) {
      double sum = 0;
      for (const double each : logs) sum += each;
      bench::print_row("jvp." + kind + ".geometric_mean", runner_.threads(), "x",
                       std::exp(sum / static_cast<double>(logs.size())));
    }
  }

  void add(const std::string& name, const Tensors& inputs, const std::function<Tensor(const Tensors&)>& function) {
    if (!runner_.wants("jvp." + name)) return;
    const xtape::NoGrad no_grad;
    Tensors tangents;
    int64_t largest = function(inputs).numel();
    for (const Tensor& input : inputs) {
      tangents.push_back(xtape::rand(input.shape()));
      largest = std::max(largest, input.numel());
    }
    const double ratio = compare(
        runner_, "jvp." + name, [&] { xtape::jvp(function, inputs, tangents); }, "forward", [&] { function(inputs); });
    logarithms_[largest < 4096 ? "small" : "large"].push_back(std::log(ratio));
  }

 private:
  const bench::Runner& runner_;
  std::map<std::string, std::vector<double>> logarithms_;
};

void jvp_rows(const bench::Runner& runner) {
  JvpRows rows(runner);
  using xtape::rand;
  for (const int size : {64, 4096, 1 << 20}) {
    const auto name = [&](const char* op) { return std::string(op) + "." + std::to_string(size); };
    const Tensor x = rand({size / 64, 64}), y = rand({size / 64, 64});
    rows.add(name("add"), {x, y}, [](const Tensors& v) { return v[0] + v[1]; });
    rows.add(name("mul"), {x, y}, [](const Tensors& v) { return v[0] * v[1]; });
    rows.add(name("exp"), {x}, [](const Tensors& v) { return exp(v[0]); });
    rows.add(name("tanh"), {x}, [](const Tensors& v) { return tanh(v[0]); });
    rows.add(name("sigmoid"), {x}, [](const Tensors& v) { return sigmoid(v[0]); });
    rows.add(name("relu"), {x}, [](const Tensors& v) { return relu(v[0]); });
    rows.add(name("gelu"), {x}, [](const Tensors& v) { return xtape::gelu(v[0]); });
    rows.add(name("softmax"), {x}, [](const Tensors& v) { return softmax(v[0], -1); });
    rows.add(name("log_softmax"), {x}, [](const Tensors& v) { return log_softmax(v[0], -1); });
  }
  const Tensor x = rand({1024, 1024});
  rows.add("add_row.1024x1024", {x, rand({1024})}, [](const Tensors& v) { return v[0] + v[1]; });
  rows.add("add_column.1024x1024", {x, rand({1024, 1})}, [](const Tensors& v) { return v[0] + v[1]; });
  rows.add("sum_all.1024x1024", {x}, [](const Tensors& v) { return v[0].sum(); });
  rows.add("sum_axis_0.1024x1024", {x}, [](const Tensors& v) { return v[0].sum(0); });
  rows.add("mean_last_axis.1024x1024", {x}, [](const Tensors& v) { return v[0].mean(-1); });
  rows.add("transposed_copy.1024x1024", {x}, [](const Tensors& v) { return v[0].transpose().contiguous(); });
  const Tensor ids = xtape::randint(0, 10000, {4096});
  rows.add("row_gather.10000x128.4096", {rand({10000, 128})}, [&](const Tensors& v) { return take(v[0], ids); });
  rows.add("concatenate.4x1024x256", {rand({1024, 256}), rand({1024, 256}), rand({1024, 256}), rand({1024, 256})},
           [](const Tensors& v) { return concatenate(v, 1); });
  const auto product = [](const Tensors& v) { return v[0].matmul(v[1]); };
  rows.add("matmul.64", {rand({64, 64}), rand({64, 64})}, product);
  rows.add("matmul.256", {rand({256, 256}), rand({256, 256})}, product);
  rows.add("matmul.128x784x128", {rand({128, 784}), rand({784, 128})}, product);
  rows.add("matmul.32x64x64x64", {rand({32, 64, 64}), rand({32, 64, 64})}, product);
  const auto convolution = [](const Tensors& v) { return conv2d(v[0], v[1], v[2], "linear"); };
  rows.add("conv2d.cnn_first", {rand({128, 28, 28, 1}), rand({3, 3, 1, 32}), rand({32})}, convolution);
  rows.add("conv2d.cnn_second", {rand({128, 13, 13, 32}), rand({3, 3, 32, 64}), rand({64})}, convolution);
  const Tensor image = rand({128, 26, 26, 32});
  rows.add("max_pool2d.128x26x26x32", {image}, [](const Tensors& v) { return max_pool2d(v[0]); });
  rows.add("avg_pool2d.128x26x26x32", {image}, [](const Tensors& v) { return avg_pool2d(v[0]); });
  rows.add("batch_norm.128x26x26x32", {image, xtape::ones({32}), xtape::zeros({32})},
           [](const Tensors& v) { return batch_norm(v[0], v[1], v[2]).y; });
  rows.add("layer_norm.128x512", {rand({128, 512}), xtape::ones({512}), xtape::zeros({512})},
           [](const Tensors& v) { return layer_norm(v[0], v[1], v[2]); });
  rows.add("lstm.128x28x28.128", {rand({128, 28, 28}), rand({28, 512}), rand({128, 512}), rand({512})},
           [](const Tensors& v) { return lstm(v[0], v[1], v[2], v[3]).outputs; });
  rows.add("gru.128x28x28.128", {rand({128, 28, 28}), rand({28, 384}), rand({128, 384}), rand({2, 384})},
           [](const Tensors& v) { return gru(v[0], v[1], v[2], v[3]).outputs; });
  rows.add("dropout.1048576", {rand({1 << 20})}, [](const Tensors& v) { return dropout(v[0], 0.5); });
  for (const auto& [samples, classes] : {std::pair<int, int>{128, 10}, {1024, 1000}}) {
    const Tensor labels = xtape::randint(0, classes, {samples});
    rows.add("cross_entropy." + std::to_string(samples) + "x" + std::to_string(classes), {rand({samples, classes})},
             [&](const Tensors& v) { return mean(xtape::sparse_categorical_crossentropy_from_logits(labels, v[0])); });
  }
  rows.add("chain.mul_add.8x8", {rand({8, 8}), rand({8, 8}), rand({8, 8})}, [](const Tensors& v) {
    Tensor y = v[0];
    for (int i = 0; i < 50; ++i) y = y * v[1] + v[2];
    return y;
  });
  rows.add("chain.tanh.8x8", {rand({8, 8})}, [](const Tensors& v) {
    Tensor y = v[0];
    for (int i = 0; i < 100; ++i) y = tanh(y);
    return y;
  });
  rows.add("chain.matmul_tanh.32x32", {rand({32, 32}), rand({32, 32}) * 0.1}, [](const Tensors& v) {
    Tensor y = v[0];
    for (int i = 0; i < 20; ++i) y = tanh(y.matmul(v[1]));
    return y;
  });
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Runner runner(bench::Arguments(argc, argv));
  xtape::set_num_threads(runner.threads());
  jacobian_row(runner);
  hessian_row(runner);
  per_example_row(runner);
  hvp_row(runner);
  jvp_rows(runner);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_transforms: %s\n", error.what());
  return 1;
}
