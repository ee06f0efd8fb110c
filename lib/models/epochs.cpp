#include "models/epochs.hpp"

#include <iostream>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::models {

void Epochs::warn_of_end(int64_t step) const {
  std::cerr << what_ << "the data ran out after " << step << " of " << *steps_
            << " steps, and the epoch ends; give as many batches as all epochs take, or fewer steps" << std::endl;
}

bool TensorEpochs::begin() {
  step_ = 0;
  if (!steps_ || position_ == batches_.size()) position_ = 0;
  if (shuffle_ && position_ == 0) batches_.set_order(randperm(batches_.samples()));
  return true;
}

bool TensorEpochs::next(Batch& batch) {
  if (steps_ && step_ == *steps_) return false;
  if (position_ == batches_.size()) {
    if (steps_) warn_of_end(step_);
    return false;
  }
  batch = batches_[position_++];
  ++step_;
  return true;
}

std::optional<Batch> StreamEpochs::read() {
  std::optional<Batch> batch = pass_();
  if (!batch) return batch;
  try {
    batch = prepared_(*batch);
  } catch (Error& error) {
    error.set_message(what_ + "batch " + std::to_string(position_) + ": " + error.message());
    throw;
  }
  ++position_;
  return batch;
}

bool StreamEpochs::begin() {
  step_ = 0;
  if (ahead_) return true;
  if (!pass_ || !steps_) {
    pass_ = source_.begin();
    position_ = 0;
  }
  ahead_ = read();
  if (!ahead_ && position_ > 0) {
    // The last epoch took the last batch of a pass and did not see that it was the last.
    pass_ = source_.begin();
    position_ = 0;
    ahead_ = read();
  }
  return ahead_.has_value();
}

const Batch& StreamEpochs::first() {
  if (!begin()) throw ValueError(what_ + "there are no batches");
  return *ahead_;
}

bool StreamEpochs::next(Batch& batch) {
  if (steps_ && step_ == *steps_) return false;
  if (!ahead_) ahead_ = read();
  if (!ahead_) {
    pass_ = nullptr;
    if (steps_) {
      warn_of_end(step_);
    } else {
      length_ = step_;
    }
    return false;
  }
  batch = *std::exchange(ahead_, std::nullopt);
  ++step_;
  return true;
}

void StreamEpochs::restart() {
  // What is ahead is the first batch, unless some were given.
  if (ahead_ && position_ == 1) return;
  ahead_.reset();
  pass_ = nullptr;
}

}  // namespace xtape::models
