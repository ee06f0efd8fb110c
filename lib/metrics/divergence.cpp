#include <utility>
#include <xtape/losses/divergence.hpp>
#include <xtape/metrics/divergence.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {

KLDivergence::KLDivergence(std::string name)
    : Metric(mean_of("KLDivergence", std::move(name), &losses::kl_divergence)) {}

Poisson::Poisson(std::string name) : Metric(mean_of("Poisson", std::move(name), &losses::poisson)) {}

}  // namespace xtape::metrics
