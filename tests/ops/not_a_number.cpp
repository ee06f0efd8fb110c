#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"
#include "support/sample_tensors.hpp"

// What is not a number is never swallowed: it comes out where it went in, forward and backward, whether it meets the
// body of a vector loop or its rest.
namespace xtape::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Function = std::function<Tensor(const Tensor&)>;

struct Row {
  std::string name;
  Function function;
  Domain domain = {0.1, 0.9};
};

const std::vector<int64_t> lengths = {1, 2, 3, 5, 8, 13, 16, 17, 31, 64, 67, 131};

// Every third element from `first` on.
Tensor places(int64_t length, int64_t first) {
  std::vector<double> bits(static_cast<std::size_t>(length), 0);
  for (int64_t i = first; i < length; i += 3) bits[static_cast<std::size_t>(i)] = 1;
  return from_data(bits.data(), {length}).astype(bool_);
}

bool same(const Tensor& a, const Tensor& b) { return array_equal(a, b); }

// What the gradient of a function's sum is at x.
Tensor gradient_of(const Function& function, const Tensor& x) {
  const Tensor leaf = x.detach().set_requires_grad();
  return grad(function(leaf).sum(), leaf);
}

std::vector<Row> elementwise_rows() {
  std::vector<Row> rows = {
      {"negative", negative},
      {"abs", abs},
      {"sign", sign},
      {"square", square},
      {"reciprocal", reciprocal},
      {"sqrt", sqrt},
      {"rsqrt", rsqrt},
      {"exp", exp},
      {"expm1", expm1},
      {"log", log},
      {"log1p", log1p},
      {"erf", erf},
      {"sin", sin},
      {"cos", cos},
      {"floor", floor},
      {"ceil", ceil},
      {"round", round},
      {"clip", [](const Tensor& x) { return clip(x, 0, 1); }},
      {"power 3", [](const Tensor& x) { return power(x, 3); }},
      {"power 0.5", [](const Tensor& x) { return power(x, 0.5); }},
      {"2 ^ x", [](const Tensor& x) { return power(2.0, x); }},
      {"gelu(approximate)", [](const Tensor& x) { return gelu(x, true); }},
      {"leaky_relu(0)", [](const Tensor& x) { return leaky_relu(x, 0); }},
      {"threshold", [](const Tensor& x) { return threshold(x, 0, 7); }},
      {"hard_shrink", [](const Tensor& x) { return hard_shrink(x, 0.05); }},
      {"soft_shrink", [](const Tensor& x) { return soft_shrink(x, 0.05); }},
      {"x + 1", [](const Tensor& x) { return x + 1; }},
      {"1 - x", [](const Tensor& x) { return 1 - x; }},
      {"2 * x", [](const Tensor& x) { return 2 * x; }},
      {"x / 3", [](const Tensor& x) { return x / 3; }},
      {"1 / x", [](const Tensor& x) { return 1 / x; }},
      {"maximum(x, 0)", [](const Tensor& x) { return maximum(x, 0); }},
      {"minimum(x, 1)", [](const Tensor& x) { return minimum(x, 1); }},
      {"maximum(x, x)", [](const Tensor& x) { return maximum(x, x); }},
      {"where(true, x, 0)", [](const Tensor& x) { return where(ones({1}, bool_), x, 0); }},
      {"dropout(0)", [](const Tensor& x) { return dropout(x, 0); }},
      {"elementwise silu", [](const Tensor& x) { return elementwise("f", [](auto v) { return silu(v); })(x); }},
      {"elementwise relu6", [](const Tensor& x) { return elementwise("f", [](auto v) { return relu6(v); })(x); }},
      {"elementwise hard_sigmoid",
       [](const Tensor& x) { return elementwise("f", [](auto v) { return hard_sigmoid(v); })(x); }},
      {"elementwise mish", [](const Tensor& x) { return elementwise("f", [](auto v) { return mish(v); })(x); }},
      {"elementwise softsign", [](const Tensor& x) { return elementwise("f", [](auto v) { return softsign(v); })(x); }},
      {"elementwise gelu", [](const Tensor& x) { return elementwise("f", [](auto v) { return gelu(v); })(x); }},
      {"elementwise maximum",
       [](const Tensor& x) { return elementwise("f", [](auto v) { return maximum(v, v * v); })(x); }},
      {"elementwise clip", [](const Tensor& x) { return elementwise("f", [](auto v) { return clip(v, 0, 1); })(x); }},
  };
  for (const char* name : {"linear", "relu",      "relu6",     "leaky_relu",  "elu",          "selu",
                           "celu",   "gelu",      "sigmoid",   "log_sigmoid", "hard_sigmoid", "sparse_sigmoid",
                           "silu",   "hard_silu", "softplus",  "sparse_plus", "squareplus",   "softsign",
                           "mish",   "tanh",      "hard_tanh", "tanh_shrink", "exponential"})
    rows.push_back({name, activations::Activation(name)});
  const auto layer = [&](const std::string& name, const layers::Layer& built) {
    rows.push_back({name, [built](const Tensor& x) { return built(x.reshape({1, -1})).flatten(); }});
  };
  layer("ReLU", layers::ReLU());
  layer("ReLU(max_value)", layers::ReLU({.max_value = 6}));
  layer("ReLU(threshold)", layers::ReLU({.threshold = 0.05}));
  layer("ReLU(negative_slope)", layers::ReLU({.negative_slope = 0.1}));
  layer("ReLU(all)",
        layers::ReLU({.max_value = 6, .negative_slope = 0.1, .threshold = 0.05}));
  layer("LeakyReLU", layers::LeakyReLU());
  return rows;
}

}  // namespace

TEST_CASE("elementwise functions keep NaN where it is, forward and backward") {
  for (const Row& row : elementwise_rows()) {
    for (const DType dtype : {float32, float64}) {
      // Layers compute in the type that they were made for.
      if (dtype == float64 && row.name.find("ReLU") != std::string::npos) continue;
      for (const int64_t length : lengths) {
        for (int64_t first = 0; first < std::min<int64_t>(3, length); ++first) {
          INFO(row.name << " of " << length << " " << dtype << ", NaN from " << first);
          const Tensor where_nan = places(length, first);
          const Tensor numbers = sample({length}, row.domain).astype(dtype);
          const Tensor x = where(where_nan, nan, numbers);
          CHECK(same(isnan(row.function(x)), where_nan));
          // A derivative at NaN is NaN, or that of the function on either side.
          const Tensor at_nan = gradient_of(row.function, x);
          CHECK(same(isnan(where(where_nan, 0, at_nan)), zeros({length}, bool_)));
          // A gradient that is NaN stays that.
          const Tensor leaf = numbers.detach().set_requires_grad();
          const Tensor y = row.function(leaf);
          backward({y}, {where(where_nan, nan, ones({length}, y.dtype()))});
          CHECK(same(isnan(leaf.grad()), where_nan));
        }
      }
    }
  }
}

TEST_CASE("smooth functions have no derivative at NaN, and piecewise linear ones pass the gradient") {
  const Tensor x = full({1}, nan, float64);
  for (const char* name : {"elu", "selu", "celu", "gelu", "sigmoid", "log_sigmoid", "silu", "softplus", "squareplus",
                           "softsign", "mish", "tanh", "tanh_shrink"})
    CHECK(std::isnan(gradient_of(activations::Activation(name), x).item()));
  CHECK(std::isnan(gradient_of(abs, x).item()));
  for (const Function& function : std::vector<Function>{
           relu, relu6, hard_tanh, [](const Tensor& v) { return hard_shrink(v); },
           [](const Tensor& v) { return soft_shrink(v); }, [](const Tensor& v) { return threshold(v, 0, 7); },
           [](const Tensor& v) { return clip(v, 0, 1); }, [](const Tensor& v) { return maximum(v, 0); },
           [](const Tensor& v) { return minimum(v, 0); }})
    CHECK(gradient_of(function, x).item() == 1);
  CHECK(gradient_of(hard_sigmoid, x).item() == 1 / 6.0);
  CHECK(gradient_of(sparse_sigmoid, x).item() == 0.5);
}

TEST_CASE("binary functions keep NaN of either operand") {
  using Binary = Tensor (*)(const Tensor&, const Tensor&);
  for (const Binary function : {Binary(add), Binary(subtract), Binary(multiply), Binary(divide), Binary(power),
                                Binary(minimum), Binary(maximum)}) {
    for (const DType dtype : {float32, float64}) {
      for (const int64_t length : lengths) {
        const Tensor where_nan = places(length, 0);
        const Tensor a = sample({length}, {0.5, 0.9}, 1).astype(dtype), b = sample({length}, {1.1, 2}, 2).astype(dtype);
        const Tensor with_nan = where(where_nan, nan, a), one = full({}, 1.5, dtype), no_number = full({}, nan, dtype);
        CHECK(same(isnan(function(with_nan, b)), where_nan));
        CHECK(same(isnan(function(b, with_nan)), where_nan));
        CHECK(same(isnan(function(with_nan, one)), where_nan));
        CHECK(same(isnan(function(one, with_nan)), where_nan));
        CHECK(same(isnan(function(a, no_number)), ones({length}, bool_)));
        CHECK(same(isnan(function(no_number, a)), ones({length}, bool_)));
        const Tensor rows = stack({a, with_nan});
        CHECK(same(isnan(function(rows, b)), stack({zeros({length}, bool_), where_nan})));
        const Tensor p = a.detach().set_requires_grad(), q = b.detach().set_requires_grad();
        const auto gradients = grad({function(p, q)}, {p, q}, {.gradients = {full({length}, nan, dtype)}});
        CHECK(any(isnan(stack(gradients))).item<bool>());
      }
    }
  }
  const Tensor a = full({1}, nan, float64).set_requires_grad(), b = ones({1}, float64).set_requires_grad();
  for (const auto& gradient : grad({maximum(a, b).sum()}, {a, b})) CHECK(gradient.item() == 1);
}

TEST_CASE("reductions are NaN where an element is") {
  const std::vector<std::pair<std::string, Tensor (*)(const Tensor&, const Axes&, bool)>> reductions = {
      {"sum", sum},
      {"mean", mean},
      {"prod", prod},
      {"max", max},
      {"min", min},
      {"logsumexp", logsumexp},
      {"var", [](const Tensor& x, const Axes& axes, bool keepdims) { return var(x, axes, keepdims); }},
      {"std", [](const Tensor& x, const Axes& axes, bool keepdims) { return std(x, axes, keepdims); }}};
  for (const auto& [name, reduction] : reductions) {
    for (const DType dtype : {float32, float64}) {
      for (const int64_t length : lengths) {
        for (const int64_t place : {int64_t{0}, length / 2, length - 1}) {
          INFO(name << " of " << length << " " << dtype << ", NaN at " << place);
          const Tensor x = sample({3, length}).astype(dtype), expected = tensor({0, 1, 0}).astype(bool_);
          x.select(0, 1).slice(0, {place, place + 1}).fill(nan);
          CHECK(same(isnan(reduction(x, 1, false)), expected));
          CHECK(same(isnan(reduction(x.transpose().contiguous(), 0, false)), expected));
          CHECK(any(isnan(gradient_of([&, f = reduction](const Tensor& v) { return f(v, {}, false) * nan; }, x)))
                    .item<bool>());
        }
      }
    }
  }
}

TEST_CASE("the first NaN is the largest and the smallest element, and gets the gradient") {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t length : {5, 16, 40, 131}) {
      const Tensor x = sample({length, 2}).astype(dtype);
      x.select(0, length / 2).fill(nan);
      x.select(0, length - 1).fill(nan);
      using Position = Tensor (*)(const Tensor&, Axis, bool);
      for (const Position position : std::initializer_list<Position>{argmax, argmin}) {
        CHECK(position(x, 0, false).to_vector<int64_t>() == std::vector<int64_t>(2, length / 2));
        CHECK(position(x.transpose().contiguous(), 1, false).to_vector<int64_t>() ==
              std::vector<int64_t>(2, length / 2));
      }
      Tensor expected = zeros({length, 2}, dtype);
      expected.select(0, length / 2).fill(0.5);
      expected.select(0, length - 1).fill(0.5);
      CHECK(same(gradient_of([](const Tensor& v) { return max(v, 0); }, x), expected));
      CHECK(same(gradient_of([](const Tensor& v) { return min(v, 0); }, x), expected));
    }
  }
  // The others get 0, whatever is passed on.
  const Tensor x = tensor({1, 3, 2}).astype(float32).set_requires_grad();
  backward({max(x)}, {tensor(HUGE_VAL).astype(float32)});
  CHECK(x.grad().to_vector<double>() == std::vector<double>{0, HUGE_VAL, 0});
}

TEST_CASE("softmax and cross-entropies of rows are NaN where an element is") {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t classes : {2, 10, 16, 67, 300}) {
      const Tensor labels = tensor({1, 0, 1}), logits = sample({3, classes}).astype(dtype);
      logits.select(0, 1).slice(0, {classes - 1, classes}).fill(nan);
      const Tensor targets = one_hot(labels, classes, dtype), bad = tensor({0, 1, 0}).astype(bool_);
      INFO(classes << " classes of " << dtype);
      CHECK(same(isnan(softmax(logits)), broadcast_to(bad.expand_dims(1), logits.shape())));
      CHECK(same(isnan(log_softmax(logits)), broadcast_to(bad.expand_dims(1), logits.shape())));
      const std::vector<Function> losses = {
          [&](const Tensor& z) { return categorical_crossentropy_from_logits(targets, z); },
          [&](const Tensor& z) { return categorical_crossentropy_from_logits(zeros_like(targets), z); },
          [&](const Tensor& z) { return sparse_categorical_crossentropy_from_logits(labels, z); },
          [&](const Tensor& z) { return categorical_crossentropy(targets, abs(z)); },
          [&](const Tensor& z) { return sparse_categorical_crossentropy(labels, abs(z)); },
          [&](const Tensor& z) { return binary_crossentropy_from_logits(targets, z).sum(-1); },
          [&](const Tensor& z) { return binary_crossentropy(targets, abs(z)).sum(-1); }};
      for (std::size_t i = 0; i < losses.size(); ++i) {
        INFO("loss " << i);
        CHECK(same(isnan(losses[i](logits)), bad));
        const Tensor gradient = gradient_of(losses[i], logits);
        CHECK(same(any(isnan(gradient), -1), bad));
      }
    }
  }
}

TEST_CASE("normalizations are NaN where what they divide by is") {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t columns : {1, 3, 16, 35}) {
      const Tensor x = sample({6, columns}).astype(dtype), gamma = ones({columns}, dtype),
                   beta = zeros({columns}, dtype);
      x.select(0, 2).slice(0, {columns - 1, columns}).fill(nan);
      const Tensor rows = isnan(layer_norm(x, gamma, beta));
      CHECK(same(all(rows, 1), tensor({0, 0, 1, 0, 0, 0}).astype(bool_)));
      CHECK(sum(rows).item() == static_cast<double>(columns));
      for (const char* activation : {"linear", "relu", "sigmoid", "tanh"}) {
        INFO(columns << " columns of " << dtype << ", " << activation);
        const Tensor y = isnan(batch_norm(x, gamma, beta, 1e-3, activation).y);
        CHECK(sum(y).item() == 6);
        CHECK(sum(y.select(1, columns - 1)).item() == 6);
        CHECK(sum(isnan(batch_norm(x, gamma, beta, beta, gamma, 1e-3, activation))).item() == 1);
        const Tensor gradient =
            gradient_of([&](const Tensor& v) { return batch_norm(v, gamma, beta, 1e-3, activation).y; }, x);
        CHECK(any(isnan(gradient)).item<bool>());
      }
    }
  }
}

TEST_CASE("products and their activations keep NaN, computed in one pass or not") {
  for (const char* activation : {"linear", "relu", "sigmoid", "tanh"}) {
    for (const DType dtype : {float32, float64}) {
      for (const int64_t units : {1, 4, 16, 35}) {
        INFO(activation << ", " << units << " units of " << dtype);
        const Tensor x = sample({5, 7}, {}, 1).astype(dtype), kernel = sample({7, units}, {}, 2).astype(dtype);
        const Tensor bias = sample({units}, {}, 3).astype(dtype);
        x.select(0, 3).slice(0, {6, 7}).fill(nan);
        const Tensor y = isnan(dense(x, kernel, bias, activation));
        CHECK(same(all(y, 1), tensor({0, 0, 0, 1, 0}).astype(bool_)));
        CHECK(sum(y).item() == static_cast<double>(units));
        const Tensor no_number = full({units}, nan, dtype);
        CHECK(all(isnan(dense(zeros_like(x), kernel, no_number, activation))).item<bool>());
        const Tensor leaf = kernel.detach().set_requires_grad();
        CHECK(any(isnan(grad(dense(x, leaf, bias, activation).sum(), leaf))).item<bool>());
      }
    }
  }
}

namespace {

struct ConvolutionRow {
  Shape x, kernel;
  Conv2dOptions options = {};
};

// Those of oneDNN, and of each kernel of our own; more and fewer channels than a vector holds, coming in and going out.
const std::vector<ConvolutionRow> convolutions = {
    {{2, 8, 8, 1}, {3, 3, 1, 4}},
    {{2, 8, 9, 3}, {3, 3, 3, 32}, {.strides = {2, 2}, .padding = "same"}},
    {{1, 7, 7, 16}, {3, 3, 16, 32}},
    {{1, 7, 7, 64}, {1, 1, 64, 8}},
    {{2, 9, 9, 5}, {3, 2, 5, 7}, {.dilation_rate = {2, 2}}},
    {{2, 6, 6, 16}, {3, 3, 1, 16}, {.padding = "same", .groups = 16}},
    {{2, 6, 6, 8}, {3, 3, 4, 8}, {.groups = 2}},
};

}  // namespace

TEST_CASE("convolutions keep NaN through activation and pooling, computed in one pass or not") {
  for (const ConvolutionRow& row : convolutions) {
    for (const char* activation : {"linear", "relu", "sigmoid", "tanh"}) {
      for (const DType dtype : {float32, float64}) {
        INFO("x " << row.x.str() << ", kernel " << row.kernel.str() << ", " << activation << ", " << dtype);
        const Tensor x = sample(row.x, {}, 1).astype(dtype), kernel = sample(row.kernel, {}, 2).astype(dtype);
        const Tensor bias = sample({row.kernel.back()}, {}, 3).astype(dtype);
        const auto apply = [&](const Tensor& image, const Tensor& weights, const Tensor& shift) {
          return conv2d(image, weights, shift, activation, row.options);
        };
        CHECK_FALSE(any(isnan(apply(x, kernel, bias))).item<bool>());
        CHECK(all(isnan(apply(x, kernel, full_like(bias, nan)))).item<bool>());
        CHECK(all(isnan(apply(x, full_like(kernel, nan), bias))).item<bool>());
        const Tensor with_nan = x.clone();
        with_nan.select(0, 0).select(0, 3).select(0, 2).fill(nan);
        // Each window over the pixel, and no other.
        const Tensor touched = conv2d(isnan(with_nan).astype(dtype), ones_like(kernel), row.options) > 0.5;
        CHECK(same(isnan(apply(with_nan, kernel, bias)), touched));
        CHECK(same(isnan(conv2d_max_pool2d(with_nan, kernel, bias, activation, row.options)),
                   max_pool2d(touched.astype(dtype)) > 0.5));
        // Sums that overflow on both sides.
        const double large = dtype == float32 ? 3e38 : 1e308;
        const Tensor sides = where(x > 0, full_like(x, large), -large);
        CHECK(same(isnan(apply(sides, full_like(kernel, large), Tensor())),
                   isnan(conv2d(sides, full_like(kernel, large), row.options))));
        const Tensor leaf = kernel.detach().set_requires_grad();
        CHECK(all(any(isnan(grad(apply(with_nan, leaf, bias).sum(), leaf)), {0, 1, 2})).item<bool>());
      }
    }
  }
}

TEST_CASE("pooling keeps NaN") {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t channels : {1, 3, 16, 35}) {
      const Tensor x = sample({1, 6, 6, channels}).astype(dtype);
      x.slice(1, {2, 3}).slice(2, {5, 6}).fill(nan);
      for (const auto pool : {max_pool2d, avg_pool2d}) {
        const Tensor y = isnan(pool(x, {}));
        CHECK(sum(y).item() == static_cast<double>(channels));
        CHECK(all(y.slice(1, {1, 2}).slice(2, {2, 3})).item<bool>());
        const Tensor leaf = sample({1, 6, 6, channels}).astype(dtype).set_requires_grad();
        backward({pool(leaf, {})}, {full({1, 3, 3, channels}, nan, dtype)});
        CHECK(sum(isnan(leaf.grad())).item() == static_cast<double>((pool == avg_pool2d ? 36 : 9) * channels));
      }
      CHECK(all(isnan(mean(x, {1, 2}))).item<bool>());
    }
  }
}

TEST_CASE("recurrent operations and attention keep NaN in its sequence, from its step on") {
  for (const DType dtype : {float32, float64}) {
    for (const int64_t units : {3, 16, 19}) {
      INFO(units << " units of " << dtype);
      const Tensor x = sample({2, 4, 5}, {}, 1).astype(dtype);
      x.select(0, 1).select(0, 2).fill(nan);
      Tensor expected = zeros({2, 4, units}, dtype);
      expected.select(0, 1).slice(0, {2, 4}).fill(1);
      const auto weights = [&](int64_t rows, int64_t gates) {
        return sample({rows, gates * units}, {-0.3, 0.3}, 2).astype(dtype);
      };
      CHECK(same(isnan(lstm(x, weights(5, 4), weights(units, 4), {}).outputs).astype(dtype), expected));
      CHECK(same(isnan(gru(x, weights(5, 3), weights(units, 3), {}).outputs).astype(dtype), expected));
      const Tensor kernel = weights(5, 4).set_requires_grad();
      CHECK(all(isnan(grad(lstm(x, kernel, weights(units, 4), {}).outputs.sum(), kernel))).item<bool>());

      const Tensor query = sample({2, 4, 5}, {}, 3).astype(dtype), value = sample({2, 4, units}, {}, 4).astype(dtype);
      query.select(0, 1).select(0, 3).fill(nan);
      Tensor rows = zeros({2, 4, units}, dtype);
      rows.select(0, 1).select(0, 3).fill(1);
      CHECK(
          same(isnan(scaled_dot_product_attention(query, sample({2, 4, 5}).astype(dtype), value)).astype(dtype), rows));
    }
  }
}

TEST_CASE("dropout keeps NaN and infinity where it keeps elements, and drops them with others") {
  for (const double bad : {nan, HUGE_VAL}) {
    for (const int64_t length : {5, 64, 131}) {
      const Tensor x = full({length}, bad).set_requires_grad();
      const Tensor y = dropout(x, 0.5);
      backward({y}, {full({length}, bad)});
      for (const Tensor& result : {y.detach(), x.grad()}) {
        const std::vector<double> values = result.to_vector<double>();
        for (const double value : values) CHECK((value == 0 || value == bad || (std::isnan(bad) && std::isnan(value))));
        CHECK(same(result == 0, y.detach() == 0));
      }
    }
  }
}

}  // namespace xtape::test
