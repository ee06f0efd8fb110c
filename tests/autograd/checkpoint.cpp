#include <array>
#include <limits>
#include <thread>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

namespace xtape::test {
namespace {

using Tensors = std::vector<Tensor>;
using Function = std::function<Tensors(const Tensors&)>;

Tensor leaf(const Shape& shape, uint64_t seed) {
  const Tensor x = sample(shape, {-1, 1}, seed);
  x.set_requires_grad();
  return x;
}

}  // namespace

TEST_CASE("a checkpoint has the values and gradients of the plain call, also of weights that the function closes over") {
  const Tensor x = leaf({4, 3}, 1), w = leaf({3, 3}, 2), b = leaf({3}, 3);
  const auto block = [&](const Tensor& in) { return tanh(matmul(in, w) + b); };
  const Tensor upstream = sample({4, 3}, {-1, 1}, 4);
  const auto gradients_of = [&](const Tensor& y) { return grad({(y * upstream).sum()}, {x, w, b}); };
  const Tensor plain = block(block(x)), cut = checkpoint(block, checkpoint(block, x));
  CHECK(array_equal(plain, cut));
  const Tensors expected = gradients_of(plain), given = gradients_of(cut);
  for (std::size_t i = 0; i < 3; ++i) CHECK(array_equal(expected[i], given[i]));
  checkpoint(block, x).sum().backward();
  const Tensors sums = grad({block(x).sum()}, {x, w, b});
  CHECK(array_equal(x.grad(), sums[0]));
  CHECK(array_equal(w.grad(), sums[1]));
  CHECK(array_equal(b.grad(), sums[2]));
}

TEST_CASE("inputs that need no gradient, and results that were computed before, are no obstacle") {
  const Tensor x = sample({2, 3}, {-1, 1}, 1), w = leaf({3, 3}, 2), v = leaf({3, 3}, 3);
  const Tensor before = exp(v);
  const auto block = [&](const Tensor& in) { return tanh(matmul(matmul(in, w), before)) + v.sum(); };
  const Tensor plain = block(x), cut = checkpoint(block, x);
  CHECK(cut.requires_grad());
  const Tensors expected = grad({plain.sum()}, {w, v, before}, {.retain_graph = true});
  const Tensors given = grad({cut.sum()}, {w, v, before});
  for (std::size_t i = 0; i < 3; ++i) CHECK(allclose(expected[i], given[i], 1e-14, 1e-14));
  CHECK(array_equal(grad({checkpoint(block, x).sum()}, {w})[0], grad({block(x).sum()}, {w})[0]));
}

TEST_CASE("a checkpoint takes and gives several tensors, of any type") {
  const Tensor a = leaf({5}, 1), b = leaf({5}, 2), index = tensor({4, 0, 2});
  const Function function = [](const Tensors& in) -> Tensors {
    return {in[0] * in[1], argmax(in[0], 0), take(in[0], in[2]) * 2, in[1].detach(), in[1]};
  };
  const Tensors plain = function({a, b, index}), cut = checkpoint(function, {a, b, index});
  REQUIRE(cut.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(array_equal(plain[i], cut[i]));
    CHECK(plain[i].requires_grad() == cut[i].requires_grad());
  }
  const auto total = [](const Tensors& y) { return y[0].sum() + (y[2] * y[2]).sum() + (y[4] * 3).sum(); };
  const Tensors expected = grad({total(plain)}, {a, b}), given = grad({total(cut)}, {a, b});
  CHECK(array_equal(expected[0], given[0]));
  CHECK(array_equal(expected[1], given[1]));
  // One of the outputs alone.
  const Tensors again = checkpoint(function, {a, b, index});
  const Tensor expected_of_take = tensor({2.0, 0.0, 2.0, 0.0, 2.0}, float64);
  CHECK(array_equal(grad({again[2].sum()}, {a})[0], expected_of_take));
}

TEST_CASE("checkpoints nest, and what is kept is little") {
  const Tensor x = leaf({1000}, 1), w = leaf({1000}, 2);
  const auto step = [&](const Tensor& in) { return sin(in * w); };
  const auto chain = [&](const Tensor& in, int count) {
    Tensor y = in;
    for (int i = 0; i < count; ++i) y = step(y);
    return y;
  };
  const auto inner = [&](const Tensor& in) { return chain(in, 4); };
  const auto outer = [&](const Tensor& in) {
    Tensor y = in;
    for (int i = 0; i < 4; ++i) y = checkpoint(inner, y);
    return y;
  };
  Tensor plain = chain(x, 16);
  const Tensors expected = grad({plain.sum()}, {x, w});
  plain = Tensor();
  const SavedTensorScope scope;
  const Tensor cut = checkpoint(outer, x);
  CHECK(scope.statistics().bytes == 0);
  const Tensors given = grad({cut.sum()}, {x, w});
  CHECK(array_equal(expected[0], given[0]));
  CHECK(allclose(expected[1], given[1], 1e-14, 1e-14));
}

TEST_CASE("higher derivatives pass a checkpoint") {
  const Tensor x = leaf({3}, 1), w = leaf({3}, 2);
  const auto block = [&](const Tensor& in) { return sin(in * w) * in; };
  const auto second = [&](const Tensor& y) {
    const Tensors first = grad({y.sum()}, {x, w}, {.create_graph = true});
    return grad({(first[0] * first[1]).sum()}, {x, w}, {.create_graph = true});
  };
  const Tensors expected = second(block(x)), given = second(checkpoint(block, x));
  for (std::size_t i = 0; i < 2; ++i) CHECK(allclose(expected[i], given[i], 1e-14, 1e-14));
  CHECK(allclose(grad({expected[0].sum()}, {w})[0], grad({given[0].sum()}, {w})[0], 1e-13, 1e-13));
}

TEST_CASE("random numbers are drawn again as they were, and the stream goes on as without") {
  const Tensor x = leaf({1000}, 1);
  const auto noisy = [](const Tensor& in) { return dropout(dropout(in, 0.5) * rand(in.shape(), float64), 0.2); };
  const auto nested = [&](const Tensor& in) { return checkpoint(noisy, in) * dropout(in, 0.3); };
  for (const auto& function : {std::function<Tensor(const Tensor&)>(noisy), std::function<Tensor(const Tensor&)>(nested)}) {
    set_random_seed(3);
    const Tensor plain = function(x);
    const Tensor expected = grad(plain.sum(), x);
    const Tensor next = rand({4});
    set_random_seed(3);
    const Tensor cut = checkpoint(function, x);
    // Others draw in between.
    std::thread([] { rand({100}); }).join();
    const RandomState state = get_random_state();
    CHECK(array_equal(plain, cut));
    CHECK(array_equal(grad(cut.sum(), x), expected));
    CHECK(get_random_state().offset == state.offset);
    set_random_seed(3);
    checkpoint(function, x);
    CHECK(array_equal(rand({4}), next));
  }
}

TEST_CASE("a graph that is retained is recomputed for each run, on several threads at once") {
  const Tensor x = leaf({100}, 1);
  const Tensor y = checkpoint([](const Tensor& in) { return dropout(sin(in), 0.5); }, x);
  const Tensor expected = grad(y.sum(), x, {.retain_graph = true});
  std::array<Tensor, 3> given;
  std::vector<std::thread> threads;
  for (Tensor& each : given) {
    threads.emplace_back([&] { each = grad(y.sum(), x, {.retain_graph = true}); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Tensor& each : given) CHECK(array_equal(each, expected));
}

TEST_CASE("hooks see whole gradients, once, where a checkpoint is part of the graph") {
  const Tensor w = leaf({1}, 1), v = leaf({1}, 2);
  const Tensor before = v * 2;
  std::vector<double> seen;
  w.register_hook([&](const Tensor& gradient) { seen.push_back(gradient.item<double>()); });
  before.register_hook([&](const Tensor& gradient) { seen.push_back(gradient.item<double>()); });
  int inside = 0;
  const Tensor y = checkpoint(
      [&](const Tensor& in) {
        const Tensor product = in * w;
        product.register_hook([&](const Tensor&) { ++inside; });
        return product * before;
      },
      tensor({3.0}, float64));
  (y + w + before).backward();
  const double at_w = w.detach().item<double>(), at_before = before.detach().item<double>();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == Approx(3 * at_before + 1));
  CHECK(seen[1] == Approx(3 * at_w + 1));
  CHECK(inside == 1);
}

TEST_CASE("a checkpoint within jvp carries tangents, and through its gradient too") {
  const Tensor w = leaf({3}, 2);
  const auto block = [&](const Tensor& in) { return sin(in * w) * in; };
  const auto slope = [&](const std::function<Tensor(const Tensor&)>& f) {
    return jvp(
        [&](const Tensors& inputs) -> Tensors {
          const Tensor x = inputs[0] * 1;
          x.set_requires_grad();
          const Tensor y = f(x);
          return {y, grad(y.sum(), x, {.create_graph = true})};
        },
        {sample({3}, {-1, 1}, 1)}, {ones({3}, float64)});
  };
  const auto [values, tangents] = slope(block);
  const auto [cut_values, cut_tangents] = slope([&](const Tensor& x) { return checkpoint(block, x); });
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(array_equal(values[i].detach(), cut_values[i].detach()));
    CHECK(allclose(tangents[i].detach(), cut_tangents[i].detach(), 1e-14, 1e-14));
  }
}

TEST_CASE("grad may be called in a checkpointed function") {
  const Tensor x = leaf({3}, 1);
  const auto slope = [](const Tensor& in) {
    const Tensor at = sample({3}, {-1, 1}, 5).set_requires_grad();
    return grad((at * at * at * in).sum(), at, {.create_graph = true});
  };
  CHECK(array_equal(grad(checkpoint(slope, x).sum(), x), grad(slope(x).sum(), x)));
}

TEST_CASE("moving averages of a batch normalization inside move once") {
  layers::BatchNormalization plain, cut;
  const Tensor x = randn({8, 3}).set_requires_grad();
  plain(x, {.training = true}).sum().backward();
  cut(x);
  (checkpoint([&](const Tensor& in) { return cut(in, {.training = true}); }, x) * 2).sum().backward();
  CHECK(array_equal(plain.weights()[2].value, cut.weights()[2].value));
  CHECK_FALSE(is_recomputing());
}

TEST_CASE("without recording, or without anything to differentiate, a checkpoint is the plain call") {
  int calls = 0;
  const auto count = [&](const Tensor& in) {
    ++calls;
    return in * 2;
  };
  CHECK_FALSE(checkpoint(count, tensor({1.0})).requires_grad());
  const Tensor x = leaf({1}, 1);
  {
    const NoGrad no_grad;
    CHECK_FALSE(checkpoint(count, x).requires_grad());
  }
  CHECK(calls == 2);
  checkpoint(count, x).backward();
  CHECK(calls == 4);
}

TEST_CASE("what a checkpointed function holds goes when its derivative is computed") {
  const auto held = std::make_shared<int>(0);
  const Tensor x = leaf({1}, 1);
  const Tensor y = checkpoint([held](const Tensor& in) { return in * 2; }, x);
  CHECK(held.use_count() == 2);
  y.backward();
  CHECK(held.use_count() == 1);
  CHECK_THROWS_WITH(y.backward(), Contains("the graph of 'checkpoint' was already run and freed"));
}

TEST_CASE("a function that is another one the second time is an error that says how") {
  const Tensor x = leaf({2}, 1), w = leaf({2}, 2), v = leaf({2}, 3);
  int calls = 0;
  const auto of_calls = [&](const std::function<Tensor(const Tensor&, bool)>& f) {
    calls = 0;
    return checkpoint([&, f](const Tensor& in) { return f(in, calls++ > 0); }, x);
  };
  CHECK_THROWS_WITH(
      of_calls([](const Tensor& in, bool again) { return again ? in.sum() : in * 2; }).sum().backward(),
      "checkpoint: the function returns other outputs than the first time");
  CHECK_THROWS_WITH(of_calls([&](const Tensor& in, bool again) { return in * (again ? w : v); }).sum().backward(),
                    "checkpoint: the function depends on other tensors than the first time");
  CHECK_THROWS_WITH(
      of_calls([](const Tensor& in, bool again) { return again ? dropout(in, 0.5) : in * 2; }).sum().backward(),
      "checkpoint: the function draws other random numbers than the first time");
  CHECK_THROWS_WITH(of_calls([](const Tensor& in, bool again) -> Tensor {
                      if (again) throw ValueError("no more");
                      return in * 2;
                    }).sum().backward(),
                    "no more");
  CHECK_FALSE(is_recomputing());
  const Tensor y = checkpoint([&](const Tensor& in) { return in * w; }, x);
  w.detach().fill(1);
  CHECK_THROWS_WITH(y.sum().backward(), Contains("checkpoint: a leaf of shape [2] that the function reads was changed"));
  CHECK_FALSE(x.grad().defined());
  CHECK_THROWS_WITH(checkpoint(Function(), {x}), "checkpoint: the function is empty");
  CHECK_THROWS_AS(checkpoint([](const Tensor&) { return Tensor(); }, x), ValueError);
}

TEST_CASE("a checkpoint notices what its function changes in place, and numbers that it draws no more") {
  const Tensor x = sample({2}, {-1, 1}, 1), w = leaf({2}, 2);
  CHECK_THROWS_WITH(checkpoint(
                        [&](const Tensor& in) {
                          in += 1;
                          return in * w;
                        },
                        x),
                    Contains("checkpoint: the function changes input 0 of shape [2] in place"));
  const Tensor moving = checkpoint(
      [&](const Tensor& in) {
        const Tensor y = in * w;
        const NoGrad no_grad;
        w += 1;
        return y * 1;
      },
      x);
  CHECK_THROWS_AS(moving.sum().backward(), AutogradError);
  const Tensor fewer =
      checkpoint([&](const Tensor& in) { return is_recomputing() ? in * w : dropout(in * w, 0.5); }, x);
  CHECK_THROWS_WITH(fewer.sum().backward(),
                    "checkpoint: the function draws other random numbers than the first time");
  CHECK_THROWS_WITH(checkpoint(std::function<Tensor(const Tensor&)>(), x), "checkpoint: the function is empty");
}

TEST_CASE("a checkpoint notices what is read that nothing requires a gradient of, and was changed before backward") {
  const std::array<std::function<Tensor(const Tensor&, const Tensor&)>, 4> functions{
      [](const Tensor& in, const Tensor& c) { return in * c; },
      // No derivative reads c itself.
      [](const Tensor& in, const Tensor& c) { return tanh(in + c); },
      [](const Tensor& in, const Tensor& c) { return checkpoint([&](const Tensor& v) { return sin(v - c); }, in) * 2; },
      [](const Tensor& in, const Tensor& c) { return matmul(in.reshape({1, 100}), c.reshape({100, 1})); },
  };
  for (const DType dtype : {float32, float64}) {
    const Tensor x = sample({100}, {-1, 1}, 1).astype(dtype).set_requires_grad();
    for (const auto& function : functions) {
      const Tensor c = sample({100}, {-1, 1}, 2).astype(dtype);
      const auto block = [&](const Tensor& in) { return function(in, c); };
      const Tensor expected = grad(function(x, c).sum(), x);
      CHECK(array_equal(grad(checkpoint(block, x).sum(), x), expected));
      const Tensor y = checkpoint(block, x);
      c[3] += 0.5;
      CHECK_THROWS_WITH(y.sum().backward(), Contains("has other values than the first time"));
      CHECK_FALSE(x.grad().defined());
    }
  }
  // A number that all elements have in common, of any count.
  for (const int64_t count : {1, 2, 4, 8, 10, 32, 128, 1000}) {
    const Tensor x = zeros({count}).set_requires_grad();
    double number = 1;
    const Tensor y = checkpoint([&](const Tensor& in) { return in + number; }, x);
    number = 1.5;
    CHECK_THROWS_AS(y.sum().backward(), AutogradError);
  }
  // Another tensor in the same place, and a number.
  const Tensor x = leaf({3}, 1);
  Tensor c = tensor({1.0, 2.0, 3.0}, float64);
  double factor = 1;
  const auto block = [&](const Tensor& in) { return in * c * factor; };
  const Tensor of_another = checkpoint(block, x);
  c = tensor({1.0, 2.0, 3.5}, float64);
  CHECK_THROWS_WITH(of_another.sum().backward(),
                    "checkpoint: output 0 of shape [3] has other values than the first time: something that the function "
                    "reads was changed before backward, or is changed by the function itself");
  const Tensor of_number = checkpoint(block, x);
  factor = 2;
  CHECK_THROWS_AS(of_number.sum().backward(), AutogradError);
  // Beside numbers that are large and the same.
  const Tensor scores = checkpoint([&](const Tensor& in) { return where(in > 0, in * factor, -1e9); }, leaf({50}, 3));
  factor = 2.1;
  CHECK_THROWS_AS(scores.sum().backward(), AutogradError);
}

TEST_CASE("a checkpoint does not look at values that have no derivative, or are not computed while it is captured") {
  const Tensor x = leaf({3}, 1);
  double calls = 0;
  const auto counting = [&](const std::vector<Tensor>& in) {
    ++calls;
    return std::vector<Tensor>{sin(in[0]), in[0].detach() * calls, full({2}, calls)};
  };
  const std::vector<Tensor> results = checkpoint(counting, {x});
  const Tensor expected = grad(sin(x).sum(), x);
  CHECK(array_equal(grad(results[0].sum(), x, {.retain_graph = true}), expected));
  const Program program = capture(
      [&](const std::vector<Tensor>& in) {
        return std::vector<Tensor>{grad((results[0] * in[0]).sum(), x, {.retain_graph = true})};
      },
      {ones({3}, float64)});
  CHECK(array_equal(program({full({3}, 2, float64)})[0], expected * 2));
}

TEST_CASE("values that are no numbers, and sums of another number of threads, are no other values") {
  const Tensor x = leaf({64, 300}, 1), w = leaf({300, 300}, 2);
  const auto block = [&](const Tensor& in) { return log(matmul(tanh(matmul(in, w)), w)); };
  const int threads = get_num_threads();
  for (const DType dtype : {float32, float64}) {
    const Tensor y = checkpoint([&](const Tensor& in) { return block(in.astype(dtype)); }, x);
    set_num_threads(threads == 1 ? 2 : 1);
    CHECK_NOTHROW(y.sum().backward());
    set_num_threads(threads);
  }
  // What is left of large numbers, beside them.
  const Tensor large = (sample({256, 512}, {-1, 1}, 3).astype(float32) * 1e4).set_requires_grad();
  const Tensor differences = checkpoint(
      [](const Tensor& in) { return concatenate({sum(in - mean(in, 0), 0), in[0]}); }, large);
  set_num_threads(threads == 1 ? 2 : 1);
  CHECK_NOTHROW(differences.sum().backward());
  set_num_threads(threads);
  // Sums of which are beyond the type.
  const double lowest = std::numeric_limits<double>::lowest();
  const Tensor scores = checkpoint([&](const Tensor& in) { return where(in > 0, in, lowest); }, x);
  CHECK_NOTHROW(scores.sum().backward());
}

TEST_CASE("who watches what is saved does not change what a checkpoint depends on") {
  const Tensor x = leaf({3}, 1), w = leaf({3}, 2);
  const auto f = [&](const Tensor& in) {
    const Tensor inner = in.detach().set_requires_grad();
    return grad(sum(inner * inner * w), inner, {.create_graph = true});
  };
  const SavedTensorScope scope;
  checkpoint(f, x).sum().backward();
  CHECK(allclose(w.grad(), 2 * x.detach()));
}

}  // namespace xtape::test
