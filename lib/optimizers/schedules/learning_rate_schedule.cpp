#include <xtape/error.hpp>
#include <xtape/optimizers/schedules/cosine_decay.hpp>
#include <xtape/optimizers/schedules/cosine_decay_restarts.hpp>
#include <xtape/optimizers/schedules/exponential_decay.hpp>
#include <xtape/optimizers/schedules/inverse_time_decay.hpp>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>
#include <xtape/optimizers/schedules/piecewise_constant_decay.hpp>
#include <xtape/optimizers/schedules/polynomial_decay.hpp>

#include "config/classes.hpp"
#include "optimizers/schedules/fields.hpp"

namespace xtape::optimizers::schedules {
namespace {

[[noreturn]] LearningRateSchedule throw_no_defaults() {
  throw ValueError("a learning rate schedule has no defaults: it is made with its options");
}

template <class Fields>
constexpr config::Class<LearningRateSchedule> class_of(std::string_view class_name) {
  return {class_name, throw_no_defaults, [](const Config& options, const std::string& name) {
            for (const char* required : Fields::required) {
              if (!options.find(required)) throw ValueError(name + ": " + required + " is missing");
            }
            return read_fields<Fields>(options, name).schedule();
          }};
}

constexpr config::Class<LearningRateSchedule> entries[] = {
    class_of<ExponentialDecayFields>("ExponentialDecay"),
    class_of<InverseTimeDecayFields>("InverseTimeDecay"),
    class_of<PiecewiseConstantDecayFields>("PiecewiseConstantDecay"),
    class_of<PolynomialDecayFields>("PolynomialDecay"),
    class_of<CosineDecayFields>("CosineDecay"),
    class_of<CosineDecayRestartsFields>("CosineDecayRestarts"),
};

}  // namespace

std::shared_ptr<LearningRateScheduleImpl> LearningRateScheduleImpl::make(const std::string& name) {
  throw ValueError("\"" + name + "\" given as a learning rate schedule, which is made with its options, not of a name");
}

Config serialize(const LearningRateSchedule& schedule) {
  return config::serialize(schedule.pointer().get(), "keras.optimizers.schedules");
}

LearningRateSchedule deserialize(const Config& config) {
  return config::deserialize<LearningRateSchedule>(entries, "learning rate schedule", config);
}

}  // namespace xtape::optimizers::schedules
