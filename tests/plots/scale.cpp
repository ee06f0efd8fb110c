#include "plots/scale.hpp"

#include <cmath>

#include "catch.hpp"

using namespace xtape::plots;

namespace {

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks) result.push_back(tick.label);
  return result;
}

using Labels = std::vector<std::string>;

}  // namespace

TEST_CASE("ticks are round numbers with as many decimals as their step has") {
  CHECK(labels(ticks({0, 1, false}, 5)) == Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels(ticks({0, 2.6, false}, 5)) == Labels{"0.0", "0.5", "1.0", "1.5", "2.0", "2.5"});
  CHECK(labels(ticks({-1, 1, false}, 4)) == Labels{"-1.0", "-0.5", "0.0", "0.5", "1.0"});
  CHECK(labels(ticks({0.97, 0.981, false}, 4)) == Labels{"0.9700", "0.9725", "0.9750", "0.9775", "0.9800"});
  CHECK(labels(ticks({0, 5e-5, false}, 5)) == Labels{"0", "1e-05", "2e-05", "3e-05", "4e-05", "5e-05"});
  CHECK(labels(whole_ticks(1, 5, 9)) == Labels{"1", "2", "3", "4", "5"});
  CHECK(labels(whole_ticks(1, 500, 6)) == Labels{"100", "200", "300", "400", "500"});
}

TEST_CASE("logarithmic ticks are powers of ten, with 2 and 5 times them where there are few") {
  CHECK(labels(ticks({0.001, 10, true}, 6)) == Labels{"0.001", "0.01", "0.1", "1", "10"});
  CHECK(labels(ticks({1e-6, 1, true}, 4)) == Labels{"10⁻⁶", "10⁻⁴", "0.01", "1"});
  CHECK(labels(ticks({0.09, 3, true}, 4)) == Labels{"0.1", "0.2", "0.5", "1", "2"});
  CHECK(labels(ticks({0.96, 0.98, true}, 4)) == Labels{"0.960", "0.965", "0.970", "0.975", "0.980"});
}

TEST_CASE("an axis holds all finite values and has room around them") {
  const Scale scale = scale_of({1, 3, std::nan(""), INFINITY}, false);
  CHECK(scale.low == Approx(0.9));
  CHECK(scale.high == Approx(3.1));
  CHECK(scale(scale.low) == 0);
  CHECK(scale(scale.high) == 1);
  CHECK(scale_of({0, 1}, false).low == 0);
  const Scale one = scale_of({5, 5}, false);
  CHECK((one.low < 5 && one.high > 5));
  const Scale huge = scale_of({-1e308, 1e308}, false);
  CHECK(std::isfinite(huge(0)));
  CHECK(scale_of({}, false).high == 1);

  const Scale log = scale_of({1, 100, 0, -5}, true);
  CHECK(log.logarithmic);
  CHECK(log(10) == Approx(0.5));
  CHECK(!log.takes(0));
  CHECK(!scale_of({-1, 0}, true).takes(0));

  const Scale largest = scale_of({1e301, -1e301, 1e308}, false);
  CHECK(largest.clipped(1e308) == 1);
  CHECK(largest.clipped(-1e301) == 0);
  CHECK(scale_of({3e-310, 1}, true).clipped(3e-310) == 0);
}
