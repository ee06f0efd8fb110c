#include <cmath>
#include <functional>
#include <limits>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// The operations behind optimizers beside the same formulas in public operations, on variables of several blocks, and
// of an odd size; Adam's, SGD's and RMSprop's are in tests/kernels/optimizer.cpp.

using namespace xtape;

namespace {

using Tensors = std::vector<Tensor>;

// Three matrices, more columns than a buffer holds, a vector, few columns, and one number.
const std::vector<Shape> shapes = {{3, 70, 131}, {40, 1030}, {5003}, {33, 2}, {}};

struct State {
  Tensors w, g, a, b, c;
};

State state(DType dtype, const std::function<Shape(const Shape&, int)>& slot_shape) {
  set_random_seed(3);
  State s;
  for (const Shape& shape : shapes) {
    s.w.push_back(randn(shape).astype(dtype));
    s.g.push_back(randn(shape).astype(dtype));
    s.a.push_back((rand(slot_shape(shape, 0)) + 0.1).astype(dtype));
    s.b.push_back((rand(slot_shape(shape, 1)) + 0.1).astype(dtype));
    s.c.push_back((rand(shape) + 0.1).astype(dtype));
  }
  return s;
}

Shape same(const Shape& shape, int) { return shape; }

// `update` on all variables at once, and `formula` on each: of w, g and slots to the new w and slots.
void check(const std::function<void(const State&)>& update, const std::function<Tensors(const Tensors&)>& formula,
           const std::function<Shape(const Shape&, int)>& slot_shape = same) {
  for (const DType dtype : {float32, float64}) {
    INFO(dtype);
    const State s = state(dtype, slot_shape), expected = state(float64, slot_shape);
    update(s);
    const int threads = get_num_threads();
    set_num_threads(3);
    const State again = state(dtype, slot_shape);
    update(again);
    set_num_threads(threads);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      INFO(shapes[i]);
      const Tensors results = formula({expected.w[i], expected.g[i], expected.a[i], expected.b[i], expected.c[i]});
      const double tolerance = dtype == float32 ? 2e-5 : 1e-11;
      CHECK(allclose(s.w[i].astype(float64), results[0], tolerance, tolerance));
      CHECK(allclose(s.a[i].astype(float64), results[1], tolerance, tolerance));
      if (results.size() > 2) CHECK(allclose(s.b[i].astype(float64), results[2], tolerance, tolerance));
      if (results.size() > 3) CHECK(allclose(s.c[i].astype(float64), results[3], tolerance, tolerance));
      CHECK(array_equal(s.w[i], again.w[i]));
    }
  }
}

constexpr double rate = 0.05, decay = 0.02;

}  // namespace

TEST_CASE("nadam_update, adamax_update and lion_update follow their formulas") {
  check(
      [](const State& s) {
        nadam_update(s.w, s.g, s.a, s.b, {rate, decay, 0.8, 0.3, 1.5, 0.9, 0.99, 1e-3});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor m = x[2] + 0.1 * (x[1] - x[2]), v = x[3] + 0.01 * (square(x[1]) - x[3]);
        return {x[0] * (1 - decay) - rate * (0.8 * m + 0.3 * x[1]) / (sqrt(1.5 * v) + 1e-3), m, v};
      });
  check(
      [](const State& s) {
        adamax_update(s.w, s.g, s.a, s.b, {rate, decay, 0.9, 0.99, 1e-3});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor m = x[2] + 0.1 * (x[1] - x[2]), u = maximum(0.99 * x[3], abs(x[1]));
        return {x[0] * (1 - decay) - rate * m / (u + 1e-3), m, u};
      });
  check(
      [](const State& s) {
        lion_update(s.w, s.g, s.a, {rate, decay, 0.9, 0.99});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor direction = 0.9 * x[2] + 0.1 * x[1];
        return {x[0] * (1 - decay) - rate * sign(direction), 0.99 * x[2] + 0.01 * x[1]};
      });
}

TEST_CASE("adagrad_update, adadelta_update and ftrl_update follow their formulas") {
  check(
      [](const State& s) {
        adagrad_update(s.w, s.g, s.a, {rate, decay, 1e-3});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor sum = x[2] + square(x[1]);
        return {x[0] * (1 - decay) - rate * x[1] / sqrt(sum + 1e-3), sum};
      });
  check(
      [](const State& s) {
        adadelta_update(s.w, s.g, s.a, s.b, {rate, decay, 0.9, 1e-3});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor squares = 0.9 * x[2] + 0.1 * square(x[1]);
        const Tensor change = sqrt((x[3] + 1e-3) / (squares + 1e-3)) * x[1];
        return {x[0] * (1 - decay) - rate * change, squares, 0.9 * x[3] + 0.1 * square(change)};
      });
  for (const double power : {-0.5, -0.7, 0.0}) {
    check(
        [=](const State& s) {
          ftrl_update(s.w, s.g, s.a, s.b, {rate, decay, power, 0.3, 0.2, 0.1, 0.5});
        },
        [=](const Tensors& x) -> Tensors {
          const Tensor w = x[0] * (1 - decay), sum = x[2] + square(x[1]);
          const Tensor sigma = (pow(sum, -power) - pow(x[2], -power)) / rate;
          const Tensor linear = x[3] + x[1] + 2 * 0.1 * w - sigma * w;
          return {(clip(linear, -0.3, 0.3) - linear) / ((pow(sum, -power) + 0.5) / rate + 2 * 0.2), sum, linear};
        });
  }
}

TEST_CASE("lamb_update and adafactor_update follow their formulas") {
  check(
      [](const State& s) {
        lamb_update(s.w, s.g, s.a, s.b, {rate, decay, 1.25, 1.5, 0.9, 0.99, 1e-3});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor m = x[2] + 0.1 * (x[1] - x[2]), v = x[3] + 0.01 * (square(x[1]) - x[3]);
        const Tensor u = 1.25 * m / (sqrt(1.5 * v) + 1e-3), w = x[0] * (1 - decay);
        return {w - rate * u * sqrt(sum(square(w)) / sum(square(u))), m, v};
      });
  const auto slot_shape = [](const Shape& shape, int slot) {
    if (shape.rank() < 2) return Shape{};
    Shape result = shape;
    result.erase(result.size() - (slot == 0 ? 1 : 2));
    return result;
  };
  check(
      [](const State& s) {
        adafactor_update(s.w, s.g, s.a, s.b, s.c, {rate, decay, 0.75, 1e-4, 1e-3, 0.5});
      },
      [](const Tensors& x) -> Tensors {
        const Tensor w = x[0] * (1 - decay), squares = square(x[1]) + 1e-4;
        Tensor r = x[2], c = x[3], v = 0.75 * x[4] + 0.25 * squares;
        if (w.rank() >= 2) {
          r = 0.75 * r + 0.25 * mean(squares, -1);
          c = 0.75 * c + 0.25 * mean(squares, -2);
          v = expand_dims(r / mean(r, -1, true), -1) * expand_dims(c, -2);
        }
        const auto rms = [](const Tensor& t) { return sqrt(mean(square(t))); };
        const Tensor u = x[1] / sqrt(v);
        return {w - rate * maximum(rms(w), 1e-3) * u / maximum(rms(u) / 0.5, 1.0), r, c, v};
      },
      slot_shape);
}

TEST_CASE("new optimizers keep weights finite, and show what is not") {
  const char* const names[] = {"nadam", "adamax", "adagrad", "adadelta", "lion", "ftrl", "lamb", "adafactor"};
  for (const char* name : names) {
    for (const DType dtype : {float32, float64}) {
      const double largest =
          dtype == float32 ? double{std::numeric_limits<float>::max()} : std::numeric_limits<double>::max();
      for (const double size : {largest, std::sqrt(largest) * 2, 1e-30, 0.0}) {
        INFO(name << " with gradients of " << size << " in " << dtype);
        const optimizers::Optimizer optimizer = name;
        const Tensor w = ones({37, 5}, dtype).set_requires_grad(), b = ones({7}, dtype).set_requires_grad();
        for (const double factor : {1.0, -1.0, 0.0, 1.0, 1e-30}) {
          optimizer.apply({full({37, 5}, size * factor, dtype), full({7}, size * factor, dtype)}, {w, b});
        }
        CHECK(all(isfinite(w)).item<bool>());
        CHECK(all(isfinite(b)).item<bool>());
      }
    }
    INFO(name << " with a gradient that is NaN");
    const optimizers::Optimizer optimizer = name;
    const Tensor w = ones({4});
    optimizer.apply({tensor({1.0, std::numeric_limits<double>::quiet_NaN(), 1.0, 1.0}).astype(float32)}, {w});
    CHECK(std::isnan(w[1].item()));
  }
}

TEST_CASE("Adadelta moves as far at gradients of any size") {
  for (const DType dtype : {float32, float64}) {
    for (const double size : {1e10, 1e15, 1.5e16, 1e17, 1e20, 1e38, 1e155, 1e300}) {
      if (dtype == float32 && size > 1e38) continue;
      INFO(size << " in " << dtype);
      const Tensor w = zeros({7}, dtype);
      optimizers::Adadelta({.learning_rate = 1.0}).apply({full({7}, size, dtype)}, {w});
      CHECK(allclose(w, full({7}, -std::sqrt(1e-7 / 0.05), dtype), 1e-4, 0));
    }
  }
}

TEST_CASE("Ftrl stays finite with any power of the learning rate") {
  for (const DType dtype : {float32, float64}) {
    for (const double power : {-0.5, -1.0, -1.5, -2.0, -10.0}) {
      for (const double rate : {0.001, 1e-20}) {
        for (const double size : {1e10, 1e15, 1e18, 1e20, 1e38, 1e160, 1e300}) {
          if (dtype == float32 && size > 1e38) continue;
          INFO(size << " to the power " << power << " with the rate " << rate << " in " << dtype);
          optimizers::Ftrl optimizer({.learning_rate = rate, .learning_rate_power = power});
          const Tensor w = full({7}, 0.5, dtype);
          for (int step = 0; step < 3; ++step) optimizer.apply({full({7}, size, dtype)}, {w});
          CHECK(allclose(w, full({7}, 0.5, dtype), 0, 0.004));
        }
      }
    }
  }
}

TEST_CASE("Ftrl without an initial sum leaves weights where no square of a gradient is left") {
  for (const DType dtype : {float32, float64}) {
    for (const double size : {1e-10, 1e-19, 5e-20, 1e-25, 1e-30, 1e-160, 1e-170, 0.0}) {
      INFO(size << " in " << dtype);
      optimizers::Ftrl optimizer({.initial_accumulator_value = 0});
      const Tensor w = full({7}, 0.5, dtype);
      for (int step = 0; step < 3; ++step) optimizer.apply({full({7}, size, dtype)}, {w});
      CHECK(allclose(w, full({7}, 0.5, dtype), 0, 0.004));
      optimizer.apply({ones({7}, dtype)}, {w});
      CHECK(allclose(w, full({7}, 0.5, dtype), 0, 0.005));
    }
  }
}

TEST_CASE("Lamb and Adafactor follow weights of any size") {
  for (const DType dtype : {float32, float64}) {
    for (const double size : {1e18, 1e19, 1e20, 1e30, 1e38, 1e160, 1e200, 1e300, 1e-18, 1e-25, 1e-160, 1e-200}) {
      if (dtype == float32 && (size > 1e38 || size < 1e-30)) continue;
      for (const Shape& shape : {Shape{4}, Shape{37, 5}, Shape{5003}}) {
        INFO(size << " in " << dtype << " of shape " << shape);
        const Tensor w = full(shape, size, dtype), v = full(shape, size, dtype);
        optimizers::Lamb().apply({ones(shape, dtype)}, {w});
        CHECK(allclose(w, full(shape, size * 0.999, dtype), 1e-5, 0));
        optimizers::Adafactor({.epsilon_2 = 0}).apply({ones(shape, dtype)}, {v});
        CHECK(allclose(v, full(shape, size * 0.999, dtype), 1e-5, 0));
        // Decayed beyond 0.
        w.fill(size), v.fill(size);
        optimizers::Lamb({.learning_rate = 0.125, .weight_decay = 12}).apply({ones(shape, dtype)}, {w});
        CHECK(allclose(w, full(shape, size * -0.5625, dtype), 1e-5, 0));
        optimizers::Adafactor({.learning_rate = 0.125, .epsilon_2 = 0, .relative_step = false, .weight_decay = 12})
            .apply({ones(shape, dtype)}, {v});
        CHECK(allclose(v, full(shape, size * -0.5625, dtype), 1e-5, 0));
      }
    }
  }
}

TEST_CASE("updates refuse what does not fit, before anything changes") {
  const Tensor w = ones({2, 3}), g = ones({2, 3}), slot = zeros({2, 3});
  CHECK_THROWS_WITH(nadam_update({w}, {g}, {}, {slot}, {}), "nadam_update: momentums must be given");
  CHECK_THROWS_WITH(adagrad_update({w}, {g}, {zeros({3})}, {}), Contains("shapes differ: variable [2, 3], given [3]"));
  CHECK_THROWS_WITH(ftrl_update({w}, {g}, {slot}, {slot}, {}),
                    "ftrl_update: learning_rate must be positive and finite, given 0.0");
  CHECK_THROWS_WITH(adafactor_update({w}, {g}, {zeros({3})}, {zeros({3})}, {slot}, {}),
                    "adafactor_update: rows: expected shape [2] for a variable of shape [2, 3], given [3]");
  CHECK_THROWS_WITH(lamb_update({w}, {g}, {slot}, {slot}, {.rates = zeros({2}, float64)}),
                    "lamb_update: rates must have shape [4], or [5] with whether the step takes place, given [2]");
  CHECK_THROWS_WITH(sgd_update({w}, {g}, {}, {.undecayed = {true, false}}),
                    "sgd_update: undecayed: 2 given for 1 variables");
  CHECK(array_equal(w, ones({2, 3})));
  // A step that does not take place.
  sgd_update({w}, {g}, {}, {.rates = tensor({1.0, 0.5, 0.0}, float64)});
  CHECK(array_equal(w, ones({2, 3})));
}
