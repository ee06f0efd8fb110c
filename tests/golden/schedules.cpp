#include <xtape/json.hpp>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

#include "catch.hpp"
#include "golden/cases.hpp"

namespace xtape::test {
namespace {

void check_case(const Case& reference) {
  xtape::Config config = xtape::Config::dict();
  config.set("class_name", reference.kind);
  config.set("config", parse_json(reference.config.json_text()));
  const optimizers::schedules::LearningRateSchedule schedule = optimizers::schedules::deserialize(config);
  const std::vector<double> steps = reference.all.numbers("steps"), values = reference.all.numbers("values");
  REQUIRE(steps.size() == values.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    INFO("step " << steps[i]);
    CHECK(schedule(static_cast<int64_t>(steps[i])) == Approx(values[i]).epsilon(1e-5).margin(1e-7));
  }
  const xtape::Config written = optimizers::schedules::serialize(schedule);
  CHECK(written.at("class_name").text() == reference.kind);
  CHECK(optimizers::schedules::serialize(optimizers::schedules::deserialize(written)) == written);
}

}  // namespace

TEST_CASE("schedules give Keras's learning rates") { check_cases("functions", check_case, "schedule"); }

}  // namespace xtape::test
