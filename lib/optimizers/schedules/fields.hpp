#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>
#include <xtape/fields.hpp>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

// What each schedule is made with and written as: its arguments and options, and which of them have no default.
namespace xtape::optimizers::schedules {

struct ExponentialDecayFields {
  static constexpr const char* required[] = {"initial_learning_rate", "decay_steps", "decay_rate"};
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  std::string name = "ExponentialDecay";

  void fields(Fields& f) {
    f("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("decay_rate", decay_rate);
    f("staircase", staircase)("name", name);
  }
  LearningRateSchedule schedule() const;
};

struct InverseTimeDecayFields {
  static constexpr const char* required[] = {"initial_learning_rate", "decay_steps", "decay_rate"};
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double decay_rate = 0;
  bool staircase = false;
  std::string name = "InverseTimeDecay";

  void fields(Fields& f) {
    f("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("decay_rate", decay_rate);
    f("staircase", staircase)("name", name);
  }
  LearningRateSchedule schedule() const;
};

struct PiecewiseConstantDecayFields {
  static constexpr const char* required[] = {"boundaries", "values"};
  std::vector<int64_t> boundaries = {};
  std::vector<double> values = {};
  std::string name = "PiecewiseConstant";

  void fields(Fields& f) { f("boundaries", boundaries)("values", values)("name", name); }
  LearningRateSchedule schedule() const;
};

struct PolynomialDecayFields {
  static constexpr const char* required[] = {"initial_learning_rate", "decay_steps"};
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double end_learning_rate = 0.0001;
  double power = 1;
  bool cycle = false;
  std::string name = "PolynomialDecay";

  void fields(Fields& f) {
    f("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps);
    f("end_learning_rate", end_learning_rate)("power", power)("cycle", cycle)("name", name);
  }
  LearningRateSchedule schedule() const;
};

struct CosineDecayFields {
  static constexpr const char* required[] = {"initial_learning_rate", "decay_steps"};
  double initial_learning_rate = 0;
  int64_t decay_steps = 0;
  double alpha = 0;
  std::string name = "CosineDecay";
  std::optional<double> warmup_target = std::nullopt;
  int64_t warmup_steps = 0;

  void fields(Fields& f) {
    f("initial_learning_rate", initial_learning_rate)("decay_steps", decay_steps)("alpha", alpha)("name", name);
    f("warmup_target", warmup_target)("warmup_steps", warmup_steps);
  }
  LearningRateSchedule schedule() const;
};

struct CosineDecayRestartsFields {
  static constexpr const char* required[] = {"initial_learning_rate", "first_decay_steps"};
  double initial_learning_rate = 0;
  int64_t first_decay_steps = 0;
  double t_mul = 2;
  double m_mul = 1;
  double alpha = 0;
  std::string name = "SGDRDecay";

  void fields(Fields& f) {
    f("initial_learning_rate", initial_learning_rate)("first_decay_steps", first_decay_steps);
    f("t_mul", t_mul)("m_mul", m_mul)("alpha", alpha)("name", name);
  }
  LearningRateSchedule schedule() const;
};

// A schedule as an object: its fields, and `rate(fields, step)`.
template <class Made, double (*rate)(const Made& made, double step)>
class Schedule final : public LearningRateScheduleImpl {
 public:
  Schedule(const char* class_name, Made made) : class_name_(class_name), made_(std::move(made)) {}
  double operator()(int64_t step) const override { return rate(made_, static_cast<double>(step)); }
  std::string class_name() const override { return class_name_; }
  void fields(Fields& f) override { made_.fields(f); }

 private:
  const char* class_name_;
  Made made_;
};

}  // namespace xtape::optimizers::schedules
