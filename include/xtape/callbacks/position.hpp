#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <xtape/random.hpp>

namespace xtape::callbacks {

/// Where the data of a `fit` stand, which may be in the middle of a pass where an epoch has `steps_per_epoch`.
struct DataPosition {
  /// Batches that were taken of this pass through the data.
  int64_t batches = 0;
  /// How many were taken since `fit` began, ends of passes included.
  int64_t calls = 0;
  /// The global random stream where this pass began: the order of its samples is drawn from it.
  RandomState random = {};
  /// Of tensors, how many samples there are and how many a batch has; 0 of batches.
  int64_t samples = 0, batch_size = 0;
};

struct DataPositions {
  DataPosition training;
  DataPosition validation = {};
};

/// A place in a training: so many epochs are done, and so many batches of the next one.
struct Position {
  int64_t epoch = 0;
  int64_t batch = 0;
  /// ModelImpl::data_positions() as of then. Without it the data begin anew, and as many batches are passed over.
  std::optional<DataPositions> data = {};
  /// Said behind the error where the data that are given do not go there.
  std::string note = {};
};

}  // namespace xtape::callbacks
