#include "kernels/optimizers/optimizer.hpp"

#include <cmath>
#include <cstdint>
#include <vector>
#include <xtape/threads.hpp>

#include "catch.hpp"
#include "kernels/random/random.hpp"

using namespace xtape;

namespace {

// Three variables, the middle one large enough for several threads.
const std::vector<int64_t> sizes = {7, 70001, 130};

template <class T>
struct Arrays {
  std::vector<std::vector<T>> values, gradients, slots[3];

  explicit Arrays(int used_slots) {
    uint64_t seed = 0;
    const auto fill = [&](std::vector<std::vector<T>>& list, T low, T high) {
      for (const int64_t size : sizes) {
        list.emplace_back(size);
        kernels::random_uniform<T>({++seed, 0}, size, low, high, list.back().data());
      }
    };
    fill(values, -1, 1);
    fill(gradients, -1, 1);
    // Slots may hold squares, which are not negative; v - a^2 stays away from 0.
    for (int s = 0; s < used_slots; ++s) fill(slots[s], s == 0 ? T(0.9) : T(0), s == 0 ? T(1) : T(0.5));
  }

  std::vector<kernels::OptimizerVariable<T>> variables() {
    std::vector<kernels::OptimizerVariable<T>> list;
    for (size_t i = 0; i < sizes.size(); ++i) {
      list.push_back({sizes[i], values[i].data(), gradients[i].data(), {}});
      for (int s = 0; s < 3; ++s)
        if (!slots[s].empty()) list.back().slots[s] = slots[s][i].data();
    }
    return list;
  }
};

// Compares `update` over all variables with `formula` on each element.
template <class T, class Update, class Formula>
void check(int used_slots, const Update& update, const Formula& formula) {
  Arrays<T> actual(used_slots), expected(used_slots);
  for (int step = 0; step < 3; ++step) {
    const auto variables = actual.variables();
    update(std::span<const kernels::OptimizerVariable<T>>(variables));
    for (const auto& x : expected.variables())
      for (int64_t k = 0; k < x.size; ++k)
        formula(x.value[k], x.gradient[k], x.slots[0] + k, x.slots[1] + k, x.slots[2] + k);
  }
  const auto compare = [](const std::vector<std::vector<T>>& a, const std::vector<std::vector<T>>& b) {
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t k = 0; k < a[i].size(); ++k)
        if (std::abs(a[i][k] - b[i][k]) > 8 * std::numeric_limits<T>::epsilon()) {
          FAIL("variable " << i << " element " << k << ": " << a[i][k] << ", expected " << b[i][k]);
        }
  };
  compare(actual.values, expected.values);
  for (int s = 0; s < 3; ++s) compare(actual.slots[s], expected.slots[s]);
}

}  // namespace

TEMPLATE_TEST_CASE("sgd_update follows the formulas", "[optimizer]", float, double) {
  using T = TestType;
  const T rate = T(0.1), keep = T(0.99), momentum = T(0.9);
  check<T>(
      0,
      [&](auto list) {
        kernels::sgd_update<T>(list, {rate, keep, 0, false});
      },
      [&](T& w, T g, T*, T*, T*) { w = w * keep - rate * g; });
  for (const bool nesterov : {false, true})
    check<T>(
        1,
        [&](auto list) {
          kernels::sgd_update<T>(list, {rate, keep, momentum, nesterov});
        },
        [&](T& w, T g, T* m, T*, T*) {
          *m = momentum * *m - rate * g;
          w = w * keep + (nesterov ? momentum * *m - rate * g : *m);
        });
}

TEMPLATE_TEST_CASE("adam_update follows the formulas", "[optimizer]", float, double) {
  using T = TestType;
  const T rate = T(0.01), keep = T(0.99), epsilon = T(1e-7);
  for (const bool amsgrad : {false, true})
    check<T>(
        amsgrad ? 3 : 2,
        [&](auto list) {
          kernels::adam_update<T>(list, {rate, keep, T(0.1), T(0.001), epsilon});
        },
        [&](T& w, T g, T* m, T* v, T* largest) {
          *m += T(0.1) * (g - *m);
          *v += T(0.001) * (g * g - *v);
          if (amsgrad) *largest = std::max(*largest, *v);
          w = w * keep - rate * *m / (std::sqrt(amsgrad ? *largest : *v) + epsilon);
        });
}

TEMPLATE_TEST_CASE("rmsprop_update follows the formulas", "[optimizer]", float, double) {
  using T = TestType;
  const T rate = T(0.01), rho = T(0.9), epsilon = T(1e-7);
  for (const T momentum : {T(0), T(0.8)})
    for (const bool centered : {false, true}) {
      check<T>(
          3,
          [&](auto list) {
            std::vector<kernels::OptimizerVariable<T>> used(list.begin(), list.end());
            for (auto& x : used) {
              if (momentum == 0) x.slots[1] = nullptr;
              if (!centered) x.slots[2] = nullptr;
            }
            kernels::rmsprop_update<T>(used, {rate, 1, rho, momentum, epsilon});
          },
          [&](T& w, T g, T* v, T* m, T* a) {
            *v = rho * *v + (1 - rho) * g * g;
            T spread = *v + epsilon;
            if (centered) {
              *a = rho * *a + (1 - rho) * g;
              spread -= *a * *a;
            }
            T change = rate * g / std::sqrt(spread);
            if (momentum != 0) change = *m = momentum * *m + change;
            w -= change;
          });
    }
}

TEST_CASE("updates do not depend on the thread count", "[optimizer]") {
  const int threads = get_num_threads();
  const auto run = [](int count) {
    set_num_threads(count);
    Arrays<float> arrays(2);
    kernels::adam_update<float>(arrays.variables(), {0.01f, 1, 0.1f, 0.001f, 1e-7f});
    return arrays.values;
  };
  const auto one = run(1);
  CHECK(run(3) == one);
  set_num_threads(threads);
}

TEST_CASE("averages of weights without gradient leave the denormal numbers", "[optimizer]") {
  float value = 1, gradient = 0, average = 4e-38f, square = 1e-39f;
  const std::vector<kernels::OptimizerVariable<float>> list = {{1, &value, &gradient, {&average, &square, nullptr}}};
  for (int step = 0; step < 20; ++step) kernels::adam_update<float>(list, {0.01f, 1, 0.1f, 0.001f, 1e-7f});
  // Without fused multiply-add, the average stops where a tenth of it is flushed to zero.
  CHECK(std::fpclassify(average) != FP_SUBNORMAL);
  CHECK(average <= 4e-38f);
  CHECK(square == 0);
  CHECK(value == 1);
  // The caller's own arithmetic is as before.
  volatile float smallest = 1.2e-38f;
  CHECK(smallest / 2 > 0);
}
