#include "kernels/sequence/ctc.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernels/reference.hpp"

using namespace xtape;

namespace {

// Rows of logarithms of probabilities.
template <class T>
std::vector<T> rows_of(int64_t rows, int64_t classes) {
  std::vector<T> x = testing::random_vector<T>(rows * classes, -3, 3, 5);
  for (int64_t row = 0; row < rows; ++row) {
    T* values = x.data() + row * classes;
    double total = 0;
    for (int64_t c = 0; c < classes; ++c) total += std::exp(static_cast<double>(values[c]));
    for (int64_t c = 0; c < classes; ++c) values[c] = static_cast<T>(static_cast<double>(values[c]) - std::log(total));
  }
  return x;
}

template <class T>
double loss_of(kernels::Ctc<T> ctc, const std::vector<T>& rows) {
  ctc.log_probabilities = rows.data();
  std::vector<T> loss(static_cast<std::size_t>(ctc.batch));
  kernels::ctc_loss(ctc, loss.data());
  double total = 0;
  for (const T each : loss) total += static_cast<double>(each);
  return total;
}

}  // namespace

TEST_CASE("the posterior is minus the gradient of the loss", "[kernels]") {
  const std::vector<int64_t> target = {1, 2, 2, 3, 0, 0, 1, 1, 1}, target_lengths = {3, 1, 3},
                             output_lengths = {7, 5, 6};
  const std::vector<double> rows = rows_of<double>(3 * 7, 4);
  const kernels::Ctc<double> ctc{.batch = 3,
                                 .time = 7,
                                 .classes = 4,
                                 .labels = 3,
                                 .log_probabilities = rows.data(),
                                 .target = target.data(),
                                 .target_lengths = target_lengths.data(),
                                 .output_lengths = output_lengths.data(),
                                 .blank = 0};
  std::vector<double> posterior(rows.size());
  kernels::ctc_posterior(ctc, posterior.data());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<double> above = rows, below = rows;
    above[i] += 1e-6;
    below[i] -= 1e-6;
    const double slope = (loss_of(ctc, above) - loss_of(ctc, below)) / 2e-6;
    INFO("element " << i);
    CHECK(-posterior[i] == Approx(slope).margin(1e-8));
  }
  // In each step that counts, a way is somewhere.
  for (int64_t b = 0; b < 3; ++b) {
    for (int64_t t = 0; t < 7; ++t) {
      double total = 0;
      for (int64_t c = 0; c < 4; ++c) total += posterior[static_cast<std::size_t>((b * 7 + t) * 4 + c)];
      CHECK(total == Approx(t < output_lengths[static_cast<std::size_t>(b)] ? 1 : 0));
    }
  }
}

TEST_CASE("long sequences have a loss that probabilities could not hold", "[kernels]") {
  const int64_t time = 4000, classes = 30, labels = 500;
  std::vector<int64_t> target;
  for (int64_t i = 0; i < labels; ++i) target.push_back(1 + i % (classes - 1));
  const std::vector<float> rows(static_cast<std::size_t>(time * classes), -800.0f);
  const kernels::Ctc<float> ctc{.batch = 1,
                                .time = time,
                                .classes = classes,
                                .labels = labels,
                                .log_probabilities = rows.data(),
                                .target = target.data(),
                                .target_lengths = &labels,
                                .output_lengths = &time,
                                .blank = 0};
  // All ways are alike: what is left is their number, of which there are choices of 2 * labels moves among time +
  // labels places.
  const double ways = std::lgamma(time + labels + 1) - std::lgamma(2 * labels + 1) - std::lgamma(time - labels + 1);
  CHECK(loss_of(ctc, rows) == Approx(800.0 * time - ways).epsilon(1e-6));
}

TEST_CASE("a target without room has the loss infinity, and no posterior", "[kernels]") {
  const std::vector<int64_t> target = {1, 1}, lengths = {2};
  const std::vector<double> rows = rows_of<double>(2, 3);
  for (const int64_t steps : {0, 1, 2}) {
    const kernels::Ctc<double> ctc{.batch = 1,
                                   .time = 2,
                                   .classes = 3,
                                   .labels = 2,
                                   .log_probabilities = rows.data(),
                                   .target = target.data(),
                                   .target_lengths = lengths.data(),
                                   .output_lengths = &steps,
                                   .blank = 0};
    CHECK(loss_of(ctc, rows) == std::numeric_limits<double>::infinity());
    std::vector<double> posterior(rows.size(), 1);
    kernels::ctc_posterior(ctc, posterior.data());
    CHECK(posterior == std::vector<double>(rows.size(), 0));
  }
}
