#include "models/epochs.hpp"

#include <iostream>
#include <utility>
#include <xtape/error.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::models {
namespace {

class KeptRandomState {
 public:
  KeptRandomState() : state_(get_random_state()) {}
  ~KeptRandomState() { set_random_state(state_); }
  KeptRandomState(const KeptRandomState&) = delete;
  KeptRandomState& operator=(const KeptRandomState&) = delete;

 private:
  const RandomState state_;
};

}  // namespace

void Epochs::warn_of_end(int64_t step) const {
  std::cerr << what_ << "the data ran out after " << step << " of " << *steps_
            << " steps, and the epoch ends; give as many batches as all epochs take, or fewer steps" << std::endl;
}

void Epochs::fail_to_go_to(const callbacks::DataPosition& position, const std::string& found) const {
  throw ValueError(what_ + "the training goes on behind batch " + std::to_string(position.batches) +
                   " of its data, and these " + found + ": give the data that it began with");
}

void TensorEpochs::begin_pass() {
  position_ = 0;
  if (!shuffle_) return;
  pass_random_ = get_random_state();
  batches_.set_order(randperm(batches_.samples()));
}

bool TensorEpochs::begin() {
  step_ = 0;
  if (!steps_ || position_ == batches_.size()) position_ = 0;
  if (position_ == 0) begin_pass();
  return true;
}

void TensorEpochs::go_to(const callbacks::DataPosition& position) {
  const int64_t samples = position.samples, batch_size = position.batch_size;
  if (samples > 0 && batch_size > 0) {
    if (position.batches >= samples / batch_size + (samples % batch_size != 0)) {
      // At the end of a pass: the next one is through what there is now.
      position_ = batches_.size();
      return;
    }
    if (position.batches > 0 && (samples != batches_.samples() || batch_size != batches_.batch_size())) {
      fail_to_go_to(position, "are " + std::to_string(batches_.samples()) + " samples in batches of " +
                                  std::to_string(batches_.batch_size()) + ", which were " + std::to_string(samples) +
                                  " in batches of " + std::to_string(batch_size));
    }
  }
  if (position.batches < 0 || position.batches > batches_.size()) {
    fail_to_go_to(position, "have " + std::to_string(batches_.size()));
  }
  const KeptRandomState now;
  set_random_state(position.random);
  begin_pass();
  position_ = position.batches;
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

void StreamEpochs::begin_pass() {
  pass_random_ = get_random_state();
  pass_ = source_.begin();
  position_ = 0;
}

std::optional<Batch> StreamEpochs::take() {
  ++calls_;
  return pass_();
}

std::optional<Batch> StreamEpochs::read() {
  std::optional<Batch> batch = take();
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
  if (!pass_ || !steps_) begin_pass();
  ahead_ = read();
  if (!ahead_ && position_ > 0) {
    // The last epoch took the last batch of a pass and did not see that it was the last.
    begin_pass();
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
  if (!source_.begins_anew() || (ahead_ && position_ == 1)) return;
  ahead_.reset();
  pass_ = nullptr;
}

callbacks::DataPosition StreamEpochs::position() const {
  const int64_t ahead = ahead_ ? 1 : 0;
  return {pass_ ? position_ - ahead : 0, calls_ - ahead, pass_random_};
}

void StreamEpochs::go_to(const callbacks::DataPosition& position) {
  // The first batch was read already.
  if (position.calls == 0) return;
  const KeptRandomState now;
  ahead_.reset();
  if (source_.begins_anew()) {
    calls_ = position.calls;
    pass_ = nullptr;
    if (position.batches == 0) return;
    set_random_state(position.random);
    begin_pass();
    for (; position_ < position.batches; ++position_) {
      if (!pass_()) fail_to_go_to(position, "have " + std::to_string(position_));
    }
    return;
  }
  // The function began with the program: what it gave is taken once more.
  while (calls_ < position.calls) {
    if (calls_ == position.calls - position.batches) set_random_state(position.random);
    position_ = take() ? position_ + 1 : 0;
  }
  if (position_ != position.batches) fail_to_go_to(position, "have " + std::to_string(position_));
  pass_random_ = position.random;
  if (position_ == 0) pass_ = nullptr;
}

}  // namespace xtape::models
