#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <xtape/config.hpp>
#include <xtape/export.hpp>
#include <xtape/fields.hpp>
#include <xtape/utils/configurable.hpp>
#include <xtape/utils/object_handle.hpp>

/// Learning rates that change from step to step.
namespace xtape::optimizers::schedules {

/// What a schedule does. One of one's own derives from it:
/// ```
/// struct Halves : optimizers::schedules::LearningRateScheduleImpl {
///   double operator()(int64_t step) const override { return 0.1 / static_cast<double>(1 + step / 1000); }
/// };
/// optimizers::SGD sgd({.learning_rate = Halves()});
/// ```
class XTAPE_API LearningRateScheduleImpl : public Configurable {
 public:
  /// The learning rate of a step, counted from 0.
  virtual double operator()(int64_t step) const = 0;
  /// A schedule is made with options, not of a name. @throws ValueError.
  static std::shared_ptr<LearningRateScheduleImpl> make(const std::string& name);
};

/// A learning rate by step, for the option `learning_rate` of optimizers. A handle: a copy is the same schedule.
class XTAPE_API LearningRateSchedule : public ObjectHandle<LearningRateScheduleImpl> {
 public:
  using ObjectHandle::ObjectHandle;
  double operator()(int64_t step) const { return (**this)(step); }
};

/// Keras's form: `{"module": "keras.optimizers.schedules", "class_name": "CosineDecay", "config": {...},
/// "registered_name": null}`, or null. One of one's own that has a class_name and fields is written with its class_name
/// as the registered name, which deserialize does not know. @throws ValueError for another one of one's own.
XTAPE_API Config serialize(const LearningRateSchedule& schedule);
/// @throws ValueError for an unknown class or option, with the nearest ones, and for one that is missing.
XTAPE_API LearningRateSchedule deserialize(const Config& config);
inline Config to_config(const LearningRateSchedule& schedule) { return serialize(schedule); }
inline void from_config(const Config& config, LearningRateSchedule& schedule) { schedule = deserialize(config); }

}  // namespace xtape::optimizers::schedules
