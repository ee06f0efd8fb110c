#include "kernels/recurrent/lstm.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernels/recurrent_reference.hpp"
#include "kernels/reference.hpp"

using namespace xtape;
using testing::sigmoid;

namespace {

std::vector<double> random_vector(int64_t size, unsigned seed) {
  return testing::random_vector<double>(size, -2, 2, seed);
}

struct Step {
  std::vector<double> hidden, cell;
};

// The formulas, one element at a time.
Step reference(int64_t rows, int64_t units, const std::vector<double>& gates, const std::vector<double>& previous) {
  Step step{std::vector<double>(rows * units), std::vector<double>(rows * units)};
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t u = 0; u < units; ++u) {
      const double* gate = gates.data() + r * 4 * units + u;
      const int64_t at = r * units + u;
      step.cell[at] = sigmoid(gate[units]) * previous[at] + sigmoid(gate[0]) * std::tanh(gate[2 * units]);
      step.hidden[at] = sigmoid(gate[3 * units]) * std::tanh(step.cell[at]);
    }
  return step;
}

}  // namespace

TEMPLATE_TEST_CASE("lstm_gates follows the formulas", "[lstm]", float, double) {
  using T = TestType;
  for (const auto& [rows, units] : {std::pair<int64_t, int64_t>{1, 1}, {3, 5}, {17, 16}, {128, 65}})
    for (const bool first_step : {false, true}) {
      const std::vector<double> sums = random_vector(rows * 4 * units, 1);
      const std::vector<double> previous =
          first_step ? std::vector<double>(rows * units) : random_vector(rows * units, 2);
      const Step expected = reference(rows, units, sums, previous);
      std::vector<T> gates = testing::converted<T>(sums), before = testing::converted<T>(previous);
      const int64_t hidden_step = units + 3;
      std::vector<T> cell(rows * units), hidden(rows * hidden_step, T(9));
      kernels::lstm_gates<T>({.gates = {gates.data(), rows, 4 * units, 4 * units},
                              .previous_cell = first_step ? nullptr : before.data(),
                              .cell = cell.data(),
                              .hidden = {hidden.data(), rows, units, hidden_step}});
      const double tolerance = 20 * std::numeric_limits<T>::epsilon();
      double worst = 0;
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t u = 0; u < units; ++u) {
          worst = std::max(worst, std::abs(cell[r * units + u] - expected.cell[r * units + u]));
          worst = std::max(worst, std::abs(hidden[r * hidden_step + u] - expected.hidden[r * units + u]));
          worst = std::max(worst, std::abs(gates[r * 4 * units + u] - sigmoid(sums[r * 4 * units + u])));
        }
        CHECK(hidden[r * hidden_step + units] == 9);
      }
      CHECK(worst < tolerance);
    }
}

TEST_CASE("lstm_gates_vjp agrees with central differences", "[lstm]") {
  const int64_t rows = 4, units = 11;
  std::vector<double> sums = random_vector(rows * 4 * units, 1), previous = random_vector(rows * units, 2);
  const std::vector<double> dh = random_vector(rows * units, 3), dc = random_vector(rows * units, 4);
  // The gradient of the outputs, in rows further apart.
  const int64_t output_step = units + 2;
  const std::vector<double> dy = random_vector(rows * output_step, 5);
  for (const bool with_outputs : {true, false}) {
    const auto loss = [&] {
      const Step step = reference(rows, units, sums, previous);
      double sum = 0;
      for (int64_t i = 0; i < rows * units; ++i) {
        const double output = with_outputs ? dy[i / units * output_step + i % units] : 0;
        sum += (dh[i] + output) * step.hidden[i] + dc[i] * step.cell[i];
      }
      return sum;
    };

    std::vector<double> gates = sums, cell(rows * units), hidden(rows * units), cell_gradient = dc;
    const kernels::Matrix<double> gates_matrix{gates.data(), rows, 4 * units, 4 * units};
    kernels::lstm_gates<double>({.gates = gates_matrix,
                                 .previous_cell = previous.data(),
                                 .cell = cell.data(),
                                 .hidden = {hidden.data(), rows, units, units}});
    // In place: the gradients take the place of the gates.
    kernels::lstm_gates_vjp<double>({.gates = gates_matrix,
                                     .previous_cell = previous.data(),
                                     .cell = cell.data(),
                                     .output_gradient = {with_outputs ? dy.data() : nullptr, rows, units, output_step},
                                     .hidden_gradient = dh.data(),
                                     .cell_gradient = cell_gradient.data(),
                                     .gates_gradient = gates_matrix});
    testing::check_gradient("sums", sums, gates, loss);
    testing::check_gradient("previous cell", previous, cell_gradient, loss);
  }
}

TEST_CASE("lstm_gates_jvp is the transpose of lstm_gates_vjp", "[lstm]") {
  const int64_t rows = 4, units = 11, count = rows * units;
  std::vector<double> cell(count), hidden(count), gradient(4 * count);
  const std::vector<double> previous = random_vector(count, 2), dh = random_vector(count, 3),
                            dc = random_vector(count, 4);
  const std::vector<double> gates_tangent = random_vector(4 * count, 5), cell_tangent = random_vector(count, 6);
  for (const bool first_step : {false, true}) {
    const double* before = first_step ? nullptr : previous.data();
    std::vector<double> gates = random_vector(4 * count, 1);
    const kernels::Matrix<double> gates_matrix{gates.data(), rows, 4 * units, 4 * units};
    kernels::lstm_gates<double>({.gates = gates_matrix,
                                 .previous_cell = before,
                                 .cell = cell.data(),
                                 .hidden = {hidden.data(), rows, units, units}});
    std::vector<double> cell_gradient = dc, of_cell(count), of_hidden(count);
    kernels::lstm_gates_vjp<double>({.gates = gates_matrix,
                                     .previous_cell = before,
                                     .cell = cell.data(),
                                     .output_gradient = {nullptr, rows, units, units},
                                     .hidden_gradient = dh.data(),
                                     .cell_gradient = cell_gradient.data(),
                                     .gates_gradient = {gradient.data(), rows, 4 * units, 4 * units}});
    kernels::lstm_gates_jvp<double>({.gates = gates_matrix,
                                     .previous_cell = before,
                                     .cell = cell.data(),
                                     .gates_tangent = {gates_tangent.data(), rows, 4 * units, 4 * units},
                                     .previous_cell_tangent = first_step ? nullptr : cell_tangent.data(),
                                     .cell_tangent = of_cell.data(),
                                     .hidden_tangent = {of_hidden.data(), rows, units, units}});
    double forward = 0, backward = 0;
    for (int64_t i = 0; i < count; ++i) {
      forward += dh[i] * of_hidden[i] + dc[i] * of_cell[i];
      if (!first_step) backward += cell_gradient[i] * cell_tangent[i];
    }
    for (int64_t i = 0; i < 4 * count; ++i) backward += gradient[i] * gates_tangent[i];
    CHECK(forward == Approx(backward).epsilon(1e-12));
  }
}
