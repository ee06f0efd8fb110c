#include "kernels/recurrent/gru.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernels/recurrent_reference.hpp"
#include "kernels/reference.hpp"

using namespace xtape;
using testing::converted;
using testing::sigmoid;

namespace {

std::vector<double> random_vector(int64_t size, unsigned seed) {
  return testing::random_vector<double>(size, -2, 2, seed);
}

// What a step starts from.
struct Inputs {
  int64_t rows, units;
  std::vector<double> sums = random_vector(rows * 3 * units, 1);
  std::vector<double> recurrent = random_vector(rows * 3 * units, 2);
  std::vector<double> bias = random_vector(3 * units, 3);
  std::vector<double> previous = random_vector(rows * units, 4);
};

// What it computes: gates z, r, c side by side.
struct Step {
  std::vector<double> gates, candidate, hidden;
};

// The formulas, one element at a time.
Step reference(const Inputs& x) {
  const auto [rows, units] = std::pair(x.rows, x.units);
  Step step{std::vector<double>(rows * 3 * units), std::vector<double>(rows * units),
            std::vector<double>(rows * units)};
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t u = 0; u < units; ++u) {
      const double* sum = x.sums.data() + row * 3 * units + u;
      const double* recurrent = x.recurrent.data() + row * 3 * units + u;
      const double* bias = x.bias.data() + u;
      const int64_t at = row * units + u;
      const double z = sigmoid(sum[0] + recurrent[0] + bias[0]);
      const double r = sigmoid(sum[units] + recurrent[units] + bias[units]);
      step.candidate[at] = recurrent[2 * units] + bias[2 * units];
      const double c = std::tanh(sum[2 * units] + r * step.candidate[at]);
      step.hidden[at] = z * x.previous[at] + (1 - z) * c;
      for (const int64_t gate : {0, 1, 2}) step.gates[(row * 3 + gate) * units + u] = gate == 0 ? z : gate == 1 ? r : c;
    }
  return step;
}

template <class T>
double worst_difference(const std::vector<T>& x, const std::vector<double>& expected) {
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - expected[i]));
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("gru_gates follows the formulas", "[gru]", float, double) {
  using T = TestType;
  for (const auto& [rows, units] : {std::pair<int64_t, int64_t>{1, 1}, {3, 5}, {17, 16}, {128, 65}})
    for (const bool first_step : {false, true})
      for (const bool with_bias : {false, true}) {
        Inputs x{rows, units};
        if (first_step) x.recurrent.assign(x.recurrent.size(), 0), x.previous.assign(x.previous.size(), 0);
        if (!with_bias) x.bias.assign(x.bias.size(), 0);
        const Step expected = reference(x);
        std::vector<T> gates = converted<T>(x.sums), candidate(rows * units);
        const std::vector<T> recurrent = converted<T>(x.recurrent), bias = converted<T>(x.bias);
        // Hidden states in rows further apart, the previous ones beside the new ones.
        const int64_t step = 2 * units + 1;
        std::vector<T> states(rows * step, T(9)), hidden(rows * units);
        for (int64_t i = 0; i < rows * units; ++i) states[i / units * step + i % units] = static_cast<T>(x.previous[i]);
        kernels::gru_gates<T>({.gates = {gates.data(), rows, 3 * units, 3 * units},
                               .recurrent = first_step ? nullptr : recurrent.data(),
                               .recurrent_bias = with_bias ? bias.data() : nullptr,
                               .candidate = candidate.data(),
                               .previous = {first_step ? nullptr : states.data(), rows, units, step},
                               .hidden = {states.data() + units, rows, units, step}});
        for (int64_t i = 0; i < rows * units; ++i) hidden[i] = states[i / units * step + units + i % units];
        const double tolerance = 20 * std::numeric_limits<T>::epsilon();
        CHECK(worst_difference(hidden, expected.hidden) < tolerance);
        CHECK(worst_difference(gates, expected.gates) < tolerance);
        CHECK(worst_difference(candidate, expected.candidate) < tolerance);
        for (int64_t row = 0; row < rows; ++row) REQUIRE(states[row * step + 2 * units] == 9);
      }
}

TEST_CASE("gru_gates_vjp agrees with central differences", "[gru]") {
  const int64_t rows = 4, units = 11, output_step = units + 2;
  Inputs x{rows, units};
  const std::vector<double> dh = random_vector(rows * units, 5), dy = random_vector(rows * output_step, 6);
  for (const bool with_outputs : {true, false})
    for (const bool first_step : {false, true}) {
      if (first_step) x.previous.assign(x.previous.size(), 0);
      const auto loss = [&] {
        const Step step = reference(x);
        double sum = 0;
        for (int64_t i = 0; i < rows * units; ++i) {
          const double output = with_outputs ? dy[i / units * output_step + i % units] : 0;
          sum += (dh[i] + output) * step.hidden[i];
        }
        return sum;
      };

      const Step step = reference(x);
      std::vector<double> hidden_gradient = dh, gradient(rows * 4 * units);
      kernels::gru_gates_vjp<double>({.gates = {step.gates.data(), rows, 3 * units, 3 * units},
                                      .candidate = step.candidate.data(),
                                      .previous = {first_step ? nullptr : x.previous.data(), rows, units, units},
                                      .output_gradient = {with_outputs ? dy.data() : nullptr, rows, units, output_step},
                                      .hidden_gradient = hidden_gradient.data(),
                                      .gates_gradient = {gradient.data(), rows, 4 * units, 4 * units}});
      // The parts of the gradient: of the candidate, then of the sums z, r, c.
      std::vector<double> of_sums(rows * 3 * units), of_recurrent(rows * 3 * units);
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t i = 0; i < 3 * units; ++i) {
          const double* from = gradient.data() + row * 4 * units;
          of_sums[row * 3 * units + i] = from[units + i];
          of_recurrent[row * 3 * units + i] = from[i < 2 * units ? units + i : i - 2 * units];
        }
      testing::check_gradient("sums", x.sums, of_sums, loss);
      testing::check_gradient("recurrent", x.recurrent, of_recurrent, loss);
      testing::check_gradient("previous", x.previous, hidden_gradient, loss);
    }
}

TEST_CASE("gru_gates_jvp is the transpose of gru_gates_vjp", "[gru]") {
  const int64_t rows = 4, units = 11, count = rows * units;
  const Step step = reference(Inputs{rows, units});
  const std::vector<double> before = Inputs{rows, units}.previous, dh = random_vector(count, 5);
  const std::vector<double> of_x = random_vector(3 * count, 6), of_recurrent = random_vector(3 * count, 7);
  const std::vector<double> of_previous = random_vector(count, 8);
  for (const bool first_step : {false, true}) {
    const kernels::Matrix<const double> gates{step.gates.data(), rows, 3 * units, 3 * units};
    const kernels::Matrix<const double> previous{first_step ? nullptr : before.data(), rows, units, units};
    std::vector<double> hidden_gradient = dh, gradient(4 * count), hidden_tangent(count);
    kernels::gru_gates_vjp<double>({.gates = gates,
                                    .candidate = step.candidate.data(),
                                    .previous = previous,
                                    .output_gradient = {nullptr, rows, units, units},
                                    .hidden_gradient = hidden_gradient.data(),
                                    .gates_gradient = {gradient.data(), rows, 4 * units, 4 * units}});
    kernels::gru_gates_jvp<double>({.gates = gates,
                                    .candidate = step.candidate.data(),
                                    .previous = previous,
                                    .gates_tangent = {of_x.data(), rows, 3 * units, 3 * units},
                                    .recurrent_tangent = {of_recurrent.data(), rows, 3 * units, 3 * units},
                                    .previous_tangent = {first_step ? nullptr : of_previous.data(), rows, units, units},
                                    .hidden_tangent = {hidden_tangent.data(), rows, units, units}});
    double forward = 0, backward = 0;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t u = 0; u < units; ++u) {
        // The parts of the gradient: of the candidate, then of the sums z, r, c.
        const double* g = gradient.data() + row * 4 * units + u;
        const double* x = of_x.data() + row * 3 * units + u;
        const double* recurrent = of_recurrent.data() + row * 3 * units + u;
        const int64_t at = row * units + u;
        forward += dh[at] * hidden_tangent[at];
        backward += g[0] * recurrent[2 * units] + g[units] * (x[0] + recurrent[0]) +
                    g[2 * units] * (x[units] + recurrent[units]) + g[3 * units] * x[2 * units];
        if (!first_step) backward += hidden_gradient[at] * of_previous[at];
      }
    CHECK(forward == Approx(backward).epsilon(1e-12));
  }
}
