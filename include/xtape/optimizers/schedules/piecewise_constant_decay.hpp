#pragma once

#include <cstdint>
#include <string>
#include <vector>
#include <xtape/optimizers/schedules/learning_rate_schedule.hpp>

namespace xtape::optimizers::schedules {

struct PiecewiseConstantDecayOptions {
  std::string name = "PiecewiseConstant";
};

/// values[0] up to the step boundaries[0], which is the last one, then values[1] up to boundaries[1], and so on.
class XTAPE_API PiecewiseConstantDecay : public LearningRateSchedule {
 public:
  /// @throws ValueError unless there is one value more than boundaries, all finite, and boundaries increase.
  PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values,
                         PiecewiseConstantDecayOptions options = {});
};

}  // namespace xtape::optimizers::schedules
