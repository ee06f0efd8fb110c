#include <cmath>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("the divergence of a distribution from itself is 0") {
  const Tensor p = tensor({{0.25, 0.75}, {0.5, 0.5}}), q = tensor({{0.5, 0.5}, {0.5, 0.5}});
  CHECK(allclose(losses::kl_divergence(p, q), tensor({0.25 * std::log(0.5) + 0.75 * std::log(1.5), 0.0}), 1e-5, 1e-7));
  CHECK(losses::KLDivergence()(p, p).item() == 0);
  // Impossible where it was predicted so.
  CHECK(losses::kl_divergence(tensor({{1.0, 0.0}}), tensor({{0.0, 1.0}})).item() ==
        Approx(-std::log(1e-7)).epsilon(1e-4));
  CHECK(losses::Loss("KLD")->class_name() == "KLDivergence");
}

TEST_CASE("the poisson loss is least where the expected counts are the targets") {
  const Tensor counts = tensor({{0.0, 3.0}, {1.0, 2.0}});
  const Tensor expected = (counts + 1e-3).set_requires_grad();
  CHECK(losses::Poisson()(counts, tensor({{1.0, 3.0}, {1.0, 1.0}})).item() == Approx((6 - 3 * std::log(3)) / 4));
  CHECK(allclose(grad(losses::poisson(counts, expected).sum(), expected),
                 tensor({{0.5, 0.5 * (1 - 3 / 3.001)}, {0.5 * (1 - 1 / 1.001), 0.5 * (1 - 2 / 2.001)}}), 1e-3));
}
