#include <cmath>
#include <xtape/error.hpp>
#include <xtape/initializers/constant.hpp>
#include <xtape/initializers/identity.hpp>
#include <xtape/initializers/orthogonal.hpp>
#include <xtape/initializers/random.hpp>
#include <xtape/initializers/stft.hpp>
#include <xtape/initializers/variance_scaling.hpp>
#include <xtape/ops/arithmetic.hpp>
#include <xtape/ops/comparison.hpp>
#include <xtape/ops/creation.hpp>
#include <xtape/ops/elementwise.hpp>
#include <xtape/ops/linalg.hpp>
#include <xtape/ops/reduction.hpp>
#include <xtape/random.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("initializers of each name have the variance that Keras gives them") {
  set_random_seed(1);
  struct Case {
    const char* name;
    double variance;
  };
  // A convolution kernel: 9 * 20 inputs, 9 * 30 outputs.
  const Shape shape = {3, 3, 20, 30};
  for (const auto& [name, variance] :
       {Case{"glorot_uniform", 2.0 / 450}, Case{"glorot_normal", 2.0 / 450}, Case{"he_uniform", 2.0 / 180},
        Case{"he_normal", 2.0 / 180}, Case{"lecun_uniform", 1.0 / 180}, Case{"LecunNormal", 1.0 / 180},
        Case{"variance_scaling", 1.0 / 180}, Case{"random_normal", 0.0025}, Case{"uniform", 0.01 / 12},
        Case{"truncated_normal", 0.0025 * 0.7737}}) {
    INFO(name);
    const Tensor values = initializers::Initializer(name)(shape, float64);
    CHECK(values.shape() == shape);
    CHECK(mean(values).item() == Approx(0).margin(0.06 * std::sqrt(variance)));
    CHECK(var(values).item() == Approx(variance).epsilon(0.06));
  }
}

TEST_CASE("constants") {
  CHECK(array_equal(initializers::Zeros()({2}), zeros({2})));
  CHECK(array_equal(initializers::Ones()({2}), ones({2})));
  CHECK(array_equal(initializers::Constant(3)({2}, float64), full({2}, 3, float64)));
}

TEST_CASE("a truncated normal ends at two deviations") {
  const Tensor values = initializers::TruncatedNormal({.mean = 1, .stddev = 2})({5000});
  CHECK(max(values).item() <= 5);
  CHECK(min(values).item() >= -3);
}

TEST_CASE("every random initializer with a seed gives the same values at each call, and leaves the generator alone") {
  using namespace initializers;
  const SeedOptions seed{.seed = 7};
  const std::vector<std::shared_ptr<Initializer>> seeded = {
      std::make_shared<GlorotUniform>(seed),
      std::make_shared<GlorotNormal>(seed),
      std::make_shared<HeUniform>(seed),
      std::make_shared<HeNormal>(seed),
      std::make_shared<LecunUniform>(seed),
      std::make_shared<LecunNormal>(seed),
      std::make_shared<VarianceScaling>(VarianceScalingOptions{.seed = 7}),
      std::make_shared<RandomNormal>(RandomNormalOptions{.seed = 7}),
      std::make_shared<RandomUniform>(RandomUniformOptions{.seed = 7}),
      std::make_shared<TruncatedNormal>(RandomNormalOptions{.seed = 7}),
      std::make_shared<Orthogonal>(OrthogonalOptions{.seed = 7}),
  };
  for (std::size_t i = 0; i < seeded.size(); ++i) {
    INFO("initializer " << i);
    const RandomState before = get_random_state();
    const Tensor next = rand({9});
    set_random_state(before);
    const Tensor first = (*seeded[i])({6, 4});
    CHECK(array_equal(rand({9}), next));
    CHECK(array_equal((*seeded[i])({6, 4}), first));
    CHECK(var(first).item() > 0);
  }
}

TEST_CASE("Identity puts its gain on the diagonal of a matrix") {
  CHECK(array_equal(initializers::Identity(2)({2, 3}), tensor({{2, 0, 0}, {0, 2, 0}}, float32)));
  CHECK(array_equal(initializers::Initializer("identity")({3, 3}, float64), eye(3, -1, float64)));
  CHECK_THROWS_WITH(initializers::Identity()({2, 2, 2}), "Identity: expected 2 dimensions, given [2, 2, 2]");
  CHECK_THROWS_AS(initializers::Identity(NAN), ValueError);
}

TEST_CASE("STFT is the Fourier transform of windows") {
  using initializers::STFT;
  // By its definition; the periodic window of Hann is 0.5 - 0.5 cos(2 pi t / length).
  const int64_t length = 6, frequencies = 5;
  for (const bool real : {true, false}) {
    const Tensor kernel = STFT({.side = real ? "real" : "imag", .periodic = true})({length, 1, frequencies}, float64);
    double squares = 0;
    for (int64_t t = 0; t < length; ++t) squares += std::pow(0.5 - 0.5 * std::cos(2 * M_PI * t / 6.0), 2);
    for (int64_t t = 0; t < length; ++t) {
      for (int64_t f = 0; f < frequencies; ++f) {
        const double angle = -2 * M_PI * t * f / 8.0, window = 0.5 - 0.5 * std::cos(2 * M_PI * t / 6.0);
        CHECK(kernel[{t, 0, f}].item() ==
              Approx((real ? std::cos(angle) : std::sin(angle)) * window / std::sqrt(squares)).margin(1e-14));
      }
    }
  }
  // scipy.signal.get_window of five values, symmetric.
  const auto window = [](const char* name) {
    return STFT({.side = "real", .window = name, .scaling = std::nullopt})({5, 1, 2}, float64).select(2, 0).flatten();
  };
  CHECK(allclose(window("boxcar"), ones({5}, float64)));
  CHECK(allclose(window("hamming"), tensor({0.08, 0.54, 1, 0.54, 0.08}, float64)));
  CHECK(allclose(window("blackman"), tensor({0, 0.34, 1, 0.34, 0}, float64), 0, 1e-14));
  CHECK(allclose(window("bartlett"), tensor({0, 0.5, 1, 0.5, 0}, float64)));
  CHECK(allclose(window("nuttall"), tensor({0.0003628, 0.2269824, 1, 0.2269824, 0.0003628}, float64), 0, 1e-12));
  CHECK(allclose(window("blackmanharris"), tensor({0.00006, 0.21747, 1, 0.21747, 0.00006}, float64), 0, 1e-12));
  CHECK(sum(STFT({.side = "real", .scaling = "spectrum"})({9, 1, 2}, float64).select(2, 0)).item() == Approx(1));
  CHECK(array_equal(STFT({.side = "imag", .window = std::nullopt})({4, 1, 2}).select(2, 0), zeros({4, 1})));
  CHECK_THROWS_WITH(STFT({.side = "both"}), Contains("side of STFT"));
  CHECK_THROWS_WITH(STFT({.side = "real", .window = "han"}), Contains("\"hann\""));
  CHECK_THROWS_WITH(STFT({.side = "real", .scaling = "some"}), Contains("\"density\""));
  CHECK_THROWS_WITH(STFT({.side = "real"})({4, 2, 3}),
                    "STFT: expected [time, 1, frequencies] with at least 2 frequencies, given [4, 2, 3]");
  CHECK_THROWS_AS(STFT({.side = "real"})({2, 1, 3}), ShapeError);
  CHECK(initializers::Initializer("STFT").get_config() == STFT().get_config());
}

TEST_CASE("Orthogonal gives orthonormal rows or columns") {
  const Tensor wide = initializers::Orthogonal()({4, 9}, float64);
  CHECK(allclose(matmul(wide, wide.transpose()), eye(4, -1, float64), 0, 1e-12));
  const Tensor tall = initializers::Orthogonal({.gain = 2})({9, 4}, float64);
  CHECK(allclose(matmul(tall.transpose(), tall), full({4, 4}, 4, float64) * eye(4, -1, float64), 0, 1e-12));
  CHECK(initializers::Orthogonal()({3, 3, 2, 5}).shape() == Shape{3, 3, 2, 5});
  CHECK_THROWS_AS(initializers::Orthogonal()({4}), ShapeError);
}

TEST_CASE("a seed gives the same values on each call, and leaves the global generator alone") {
  const initializers::GlorotUniform seeded({.seed = 7});
  set_random_seed(1);
  const Tensor first = seeded({4, 4});
  const Tensor drawn = rand({3});
  set_random_seed(1);
  CHECK(array_equal(drawn, rand({3})));
  CHECK(array_equal(first, seeded({4, 4})));
  const initializers::GlorotUniform unseeded;
  CHECK_FALSE(array_equal(unseeded({4, 4}), unseeded({4, 4})));
}

TEST_CASE("bad settings are refused") {
  CHECK_THROWS_AS(initializers::VarianceScaling({.scale = 0}), ValueError);
  CHECK_THROWS_AS(initializers::VarianceScaling({.scale = INFINITY}), ValueError);
  CHECK_THROWS_MATCHES(initializers::RandomNormal({.stddev = -1}), ValueError,
                       Message("RandomNormal: stddev must be finite and not negative, given -1.0"));
  CHECK_THROWS_AS(initializers::TruncatedNormal({.mean = NAN}), ValueError);
  CHECK_THROWS_MATCHES(initializers::RandomUniform({.minval = 1, .maxval = 0}), ValueError,
                       Message("RandomUniform: maxval - minval must be finite and not negative, given -1.0"));
  CHECK_THROWS_AS(initializers::RandomUniform({.minval = -1e308, .maxval = 1e308}), ValueError);
  CHECK_THROWS_AS(initializers::draw_with_seed(1, nullptr), ValueError);
  CHECK_THROWS_WITH(initializers::VarianceScaling({.mode = "fan"}),
                    Contains("unknown mode of VarianceScaling \"fan\""));
}
