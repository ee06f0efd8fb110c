#include "replay.hpp"

using namespace xtape;

namespace {

constexpr CaptureOptions all_off() {
  return {.remove_dead_code = false,
          .fold_constants = false,
          .eliminate_common_subexpressions = false,
          .fuse_epilogues = false,
          .fuse_gradients = false,
          .fuse_elementwise_chains = false,
          .in_place = false};
}

}  // namespace

TEST_CASE("dead code, constants and common subexpressions") {
  const Function function = [](const Tensors& x) -> Tensors {
    exp(x[0]);
    const Tensor constant = sqrt(full({3}, 2.0)) + arange(3).astype(float32);
    return {tanh(x[0]) * constant + tanh(x[0])};
  };
  const auto inputs = [] { return Tensors{randn({3})}; };
  check_replays(function, inputs, all_off());
  check_replays(function, inputs);
  const auto text = [&](CaptureOptions options) { return capture(function, inputs(), options).str(); };
  const std::string plain = text(all_off());
  CHECK((count(plain, "exp(") == 1 && count(plain, "tanh(") == 2 && count(plain, "sqrt(") == 1));
  CaptureOptions options = all_off();
  options.remove_dead_code = true;
  CHECK((count(text(options), "exp(") == 0 && count(text(options), "tanh(") == 2));
  options = all_off();
  options.eliminate_common_subexpressions = true;
  CHECK((count(text(options), "exp(") == 1 && count(text(options), "tanh(") == 1));
  options = all_off();
  options.fold_constants = true;
  CHECK((count(text(options), "sqrt(") == 0 && count(text(options), "arange") == 0 &&
         count(text(options), "tanh(") == 2));
  CHECK(capture(function, inputs(), {.fuse_elementwise_chains = false}).size() == 3);
}

TEST_CASE("random numbers that nobody reads are drawn all the same") {
  const Program program = capture(
      [](const Tensors&) -> Tensors {
        rand({5});
        return {rand({5})};
      },
      {});
  CHECK(program.size() == 2);
  set_random_seed(1);
  rand({5});
  const Tensor second = rand({5});
  set_random_seed(1);
  CHECK(array_equal(program({})[0], second));
}

TEST_CASE("copies that nobody changes are none") {
  const Function function = [](const Tensors& x) -> Tensors {
    const Tensor copy = x[0].slice(0, {1, 4}).clone();
    const Tensor changed = x[0].clone();
    changed += 1;
    return {exp(copy) + copy, changed, x[0].transpose().clone() * 2};
  };
  const auto inputs = [] { return Tensors{randn({6, 2})}; };
  check_replays(function, inputs);
  CHECK(count(capture(function, inputs()).str(), "clone(") == 2);
  CHECK(count(capture(function, inputs(), all_off()).str(), "clone(") == 3);
}

TEST_CASE("what is changed in place is computed once for each reader") {
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor y = exp(x[0]);
        const Tensor before = sum(y);
        y *= 2;
        const Tensor after = sum(y);
        return {before, after, y, exp(x[0])};
      },
      [] { return Tensors{randn({5})}; });
}

TEST_CASE("results that do not live at the same time share memory") {
  const Function chain = [](const Tensors& x) -> Tensors {
    Tensor y = x[0];
    for (int i = 0; i < 20; ++i) y = tanh(y * 1.5 + 0.1);
    return {sum(y)};
  };
  const auto inputs = [] { return Tensors{randn({64, 16})}; };
  const std::size_t bytes = 64 * 16 * sizeof(float);
  CHECK(capture(chain, inputs()).arena_bytes() == bytes);
  CHECK(capture(chain, inputs(), {.in_place = false}).arena_bytes() == 2 * bytes);
  check_replays(chain, inputs);
  check_replays(chain, inputs, {.in_place = false});
  // An operand that is read in another order is not written over, nor one of larger elements.
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor y = exp(x[0]);
        return {sum(y + y.transpose()), sum((exp(x[0]) > 1).astype(float64))};
      },
      [] {
        return Tensors{randn({7, 7})};
      });
}

TEST_CASE("elementwise operations on large tensors run in one pass") {
  const int64_t size = 3 * 4096 + 77;
  const auto inputs = [=] { return Tensors{randn({size}), randn({size}), randn({1})}; };
  const Function chain = [](const Tensors& x) -> Tensors {
    const Tensor a = tanh(x[0] * 1.5 + x[1]);
    const Tensor above = a > x[2], lower = square(a) - x[1];
    const Tensor b = where(above, a, lower);
    return {b * a, exp(b.reshape({1, -1})), sum(a)};
  };
  check_replays(chain, inputs);
  check_replays(chain, inputs, all_off());
  const std::string text = capture(chain, inputs()).str();
  CHECK(count(text, "chain(") == 1);
  CHECK_THAT(text, Contains("arithmetic_pair(first=multiply, second=add, b=1.5), tanh, greater, square, "
                            "subtract, where, multiply, exp)"));
  CHECK(count(capture(chain, inputs(), {.fuse_elementwise_chains = false}).str(), "chain(") == 0);
  // What lies between takes blocks, not tensors.
  CHECK(capture(chain, inputs()).arena_bytes() <
        capture(chain, inputs(), {.fuse_elementwise_chains = false}).arena_bytes());
  // Small tensors, views and reductions are no part of it; a chain of several types, in several threads.
  check_replays(
      [](const Tensors& x) -> Tensors {
        return {x[0].reshape({-1, 2}).transpose() * 2 + 1, x[2] * 2 + 1};
      },
      [] {
        return Tensors{randn({10000}), randn({1}), randn({3})};
      });
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor y = (x[0].astype(float64) * 3).astype(float32);
        return {y + (x[0] > 0).astype(float32) * y, x[0].astype(int32) * 2};
      },
      [] { return Tensors{randn({200000})}; });
  // A single element of what the chain makes stands for all.
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor y = exp(x[0]) + 1;
        return {y * y.slice(0, {17, 18}) + 2};
      },
      [] { return Tensors{randn({5000})}; });
}

TEST_CASE("sums, differences and products are computed two at a time, each rounded by itself") {
  const int64_t size = GENERATE(1, 5, 8, 1000, 4096, 100003);
  const auto inputs = [=] {
    const Tensor special = tensor(
        {1e-38, -1e-38, 3e38, -0.0, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()});
    const auto some = [&] { return where(rand({size}) < 0.1, take(special, randint(0, 6, {size})), randn({size})); };
    return Tensors{some(), some(), some(), randn({1})};
  };
  using Operation = Tensor (*)(const Tensor&, const Tensor&);
  const std::vector<Operation> operations = {[](const Tensor& a, const Tensor& b) { return a + b; },
                                             [](const Tensor& a, const Tensor& b) { return a - b; },
                                             [](const Tensor& a, const Tensor& b) { return a * b; }};
  for (const Operation first : operations) {
    for (const Operation second : operations) {
      const Function function = [=](const Tensors& x) -> Tensors {
        const Tensor number = tensor(0.3);
        return {second(first(x[0], x[1]), x[2]),     second(x[2], first(x[0], x[1])),
                second(first(x[0], x[3]), x[2]),     second(first(x[3], x[0]), x[2]),
                second(x[3], first(x[0], number)),   second(first(number, x[0]), x[3]),
                second(first(x[0], x[0]) + 1, x[0]), second(x[0], first(x[0], x[1]) * -0.7)};
      };
      check_replays(function, inputs);
    }
  }
  const Function step = [](const Tensors& x) -> Tensors { return {2 - (x[0] * x[1] + 0.5)}; };
  CHECK_THAT(capture(step, inputs()).str(), Contains("first=multiply, second=add, c=0.5)"));
  CHECK(count(capture(step, inputs(), {.fuse_elementwise_chains = false}).str(), "arithmetic_pair") == 0);
  // Of other types, of what is read twice, and of what broadcasts, each by itself.
  check_replays(
      [](const Tensors& x) -> Tensors {
        const Tensor twice = x[0] + x[1], column = x[0].reshape({-1, 1}).slice(0, {0, 1});
        return {x[0].astype(float64) * 0.1 + x[1], twice * twice, twice - 1, column * x[1] + column,
                x[0].astype(int32) * 3 + 1};
      },
      inputs);
}

TEST_CASE("matrix products add the bias and apply the activation") {
  const Tensor w = randn({5, 3}).set_requires_grad(), b = randn({3}).set_requires_grad();
  const auto layer = [&](Tensor (*activation)(const Tensor&)) {
    return Function([&w, &b, activation](const Tensors& x) -> Tensors {
      const Tensor y = activation(matmul(x[0], w) + b), loss = sum(square(y));
      const Tensors gradients = grad(loss, {w, b});
      return {y, gradients[0], gradients[1], b + matmul(x[0] * 2, w.detach())};
    });
  };
  const auto inputs = [] { return Tensors{randn({4, 5})}; };
  for (const auto& activation : {&tanh, &sigmoid, &relu}) {
    check_replays(layer(activation), inputs);
    check_replays(layer(activation), inputs, {.fuse_epilogues = false});
  }
  const std::string text = capture(layer(&tanh), inputs()).str();
  CHECK_THAT(text, Contains("dense(%0, %1, %2; activation=tanh)") && Contains("activation=linear"));
  CHECK(count(text, "tanh(") == 0);
  CHECK(count(capture(layer(&tanh), inputs(), {.fuse_epilogues = false}).str(), "dense(") == 0);
  // Not where the product is read twice, or what it reads is changed before the bias is added.
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const Tensor product = matmul(x[0], w.detach());
        return {product, tanh(product + b.detach())};
      },
      inputs);
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const Tensor copy = x[0].clone(), product = matmul(copy, w.detach());
        copy += 1;
        return {tanh(product + b.detach()), copy};
      },
      inputs);
  const Tensor kernel = randn({3, 3, 2, 4});
  const Function convolution = [&](const Tensors& x) -> Tensors {
    return {relu(conv2d(x[0], kernel, randn({4}) * 0 + 1, "", {.padding = "same"}))};
  };
  const auto images = [] { return Tensors{randn({2, 6, 6, 2})}; };
  check_replays(convolution, images);
  CHECK_THAT(capture(convolution, images()).str(), Contains("activation=relu"));
}

TEST_CASE("what only has the name of an operation of the library is not taken for it") {
  const Tensor w = randn({4, 4}), b = randn({4});
  const auto difference = elementwise("add", [](auto x, auto y) { return x - y; });
  const auto ten_times = elementwise("relu", [](auto x) { return x * 10.0; });
  const Function own = [&](const Tensors& x) -> Tensors {
    const auto product = [&] { return matmul(x[0], w); };
    return {difference(product(), b), ten_times(product()), ten_times(product() + b), relu(difference(product(), b))};
  };
  const auto inputs = [] { return Tensors{randn({3, 4})}; };
  // Else all read one product, which no other operation is computed with.
  const CaptureOptions options{.eliminate_common_subexpressions = false};
  check_replays(own, inputs, options);
  CHECK(count(capture(own, inputs(), options).str(), "dense(") == 1);
  // Conversions have the name of what they are made for.
  const Function converts = [&](const Tensors& x) -> Tensors {
    return {matmul(x[0], w.astype(float64)), relu(x[1]) + b, sigmoid(matmul(x[1], w))};
  };
  for (const DType type : {float32, int64, bool_}) {
    check_replays(converts, [&] {
      return Tensors{randint(0, 9, {1, 4}).astype(type), randint(0, 9, {3, 4}).astype(type)};
    });
  }
}

TEST_CASE("steps of optimizers make gradients that are outer products themselves") {
  const std::string name =
      GENERATE("sgd", "adam", "rmsprop", "nadam", "adamax", "adagrad", "adadelta", "lion", "ftrl", "lamb", "adafactor");
  const DType type = GENERATE(float32, float64);
  // Two of all: one for the program, and one for the function as it is.
  struct Training {
    Tensors variables;
    optimizers::Optimizer optimizer;

    Training(const std::string& name, const Tensors& initial) : optimizer(name) {
      for (const Tensor& w : initial) variables.push_back(w.clone().set_requires_grad());
      optimizer->build(variables);
    }
    Tensors step(const Tensors& x, bool returns_gradient) const {
      const Tensor hidden = relu(matmul(x[0], variables[0])), y = matmul(hidden, variables[1]) + variables[2];
      const Tensors gradients = grad(sum(y * x[1]), variables);
      optimizer->apply(gradients, variables);
      return {returns_gradient ? gradients[1] : y};
    }
  };
  const Tensors initial = {randn({300, 130}).astype(type), randn({130, 7}).astype(type), randn({7}).astype(type)};
  const bool is_elementwise = name != "lamb" && name != "adafactor";
  for (const int64_t batch : {1, 2}) {
    for (const bool returns_gradient : {false, true}) {
      for (const bool fuses : {true, false}) {
        const Training captured(name, initial), eager(name, initial);
        // Products of which some lie below the normal range, and some are so large that their squares overflow.
        const auto inputs = [&] {
          const Tensor special = tensor({0.0, 1e-30, -1e-40, 1e10}).astype(type),
                       any = randn({batch, 300}).astype(type);
          return Tensors{where(rand({batch, 300}) < 0.1, take(special, randint(0, 4, {batch, 300})), any),
                         tensor({0.0, -1e-9, 1e-38, 1e12, -1.0, 2.0, -0.0}).astype(type)};
        };
        const Program program = capture([&](const Tensors& x) { return captured.step(x, returns_gradient); }, inputs(),
                                        {.fuse_gradients = fuses});
        for (int i = 0; i < 3; ++i) {
          const Tensors x = inputs();
          INFO(name << ", run " << i << " of\n" << program.str());
          CHECK(identical(program(x)[0], eager.step(x, returns_gradient)[0]));
          for (std::size_t j = 0; j < initial.size(); ++j) {
            CHECK(identical(captured.variables[j].detach(), eager.variables[j].detach()));
          }
        }
        const int products = batch > 1 || !fuses || !is_elementwise ? 0 : returns_gradient ? 1 : 2;
        const std::string note = "outer_products=" + std::to_string(products);
        CHECK(count(program.str(), products == 0 ? "outer_products" : note) == (products == 0 ? 0 : 1));
      }
    }
  }
}

TEST_CASE("what reads another look at a product is not computed with it") {
  const Tensor k = randn({4, 4}), b = randn({4}), kernel = randn({2, 2, 1, 3});
  const auto inputs = [] { return Tensors{randn({4, 4}), randn({1, 5, 5, 1})}; };
  check_replays(
      [&](const Tensors& x) -> Tensors {
        const auto product = [&] { return matmul(x[0], k); };
        const auto layer = [&] { return dense(x[0], k, b); };
        return {relu(layer().transpose()),
                product().transpose() + b,
                product().slice(0, {{}, {}, -1}) + b,
                tanh(layer().slice(1, {1, 3})),
                sigmoid(split(layer(), 2, 1)[1]),
                sigmoid(layer().broadcast_to({2, 4, 4})),
                relu(conv2d(x[1], kernel).permute({0, 3, 1, 2})),
                relu(conv2d(x[1], kernel)[0]),
                layer().transpose() * 2 + 1,
                (x[0] * 2).transpose() + x[0]};
      },
      inputs);
}

TEST_CASE("derivatives for inputs of other lengths are different computations") {
  const Tensor kernel = randn({2, 2, 1, 1});
  const auto strided = [=](const Tensor& x) { return conv2d(x, kernel, {.strides = {2, 2}}); };
  check_replays(
      [=](const Tensors& x) -> Tensors {
        const auto gradient = [](const auto& function, const Tensor& at) {
          const Tensor leaf = at.detach().set_requires_grad();
          return grad(sum(function(leaf)), leaf);
        };
        const auto pooled = [](const Tensor& t) { return avg_pool2d(t); };
        return {gradient(strided, x[0]), gradient(strided, x[1]), gradient(pooled, x[0]), gradient(pooled, x[1])};
      },
      [] {
        return Tensors{randn({1, 4, 4, 1}), randn({1, 5, 5, 1})};
      });
}
