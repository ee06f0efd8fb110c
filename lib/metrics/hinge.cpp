#include <utility>
#include <xtape/losses/hinge.hpp>
#include <xtape/metrics/hinge.hpp>

#include "metrics/mean_of.hpp"

namespace xtape::metrics {

Hinge::Hinge(std::string name) : Metric(mean_of("Hinge", std::move(name), &losses::hinge)) {}

SquaredHinge::SquaredHinge(std::string name)
    : Metric(mean_of("SquaredHinge", std::move(name), &losses::squared_hinge)) {}

CategoricalHinge::CategoricalHinge(std::string name)
    : Metric(mean_of("CategoricalHinge", std::move(name), &losses::categorical_hinge)) {}

}  // namespace xtape::metrics
