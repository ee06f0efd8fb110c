#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <xtape/callbacks/position.hpp>
#include <xtape/models/batches.hpp>
#include <xtape/models/data.hpp>
#include <xtape/random.hpp>

#include "models/tensor_batches.hpp"

namespace xtape::models {

// The batches of one epoch after the other, of all data or of `steps` batches each, which go on where the epoch before
// has stopped.
class Epochs {
 public:
  virtual ~Epochs() = default;

  // Begins an epoch. False if there are no batches any more.
  virtual bool begin() = 0;
  // The next batch. False at the end of the epoch.
  virtual bool next(Batch& batch) = 0;
  // Lets the next epoch begin with the first batch, where there is a way back.
  virtual void restart() = 0;
  // Where the data stand, and back there in data that have just begun: `begin` goes on with them. The global random
  // stream stays. @throws ValueError where there are fewer batches than were taken or, within a pass, other ones.
  virtual callbacks::DataPosition position() const = 0;
  virtual void go_to(const callbacks::DataPosition& position) = 0;
  // Goes on with an epoch of which so many batches were taken, instead of `begin`.
  void go_on(int64_t step) { step_ = step; }
  // Batches of an epoch, once they are known.
  virtual std::optional<int64_t> size() const = 0;
  // What errors of a batch begin with: "fit: ", "fit: batch 3: ".
  virtual std::string where() const { return what_; }

 protected:
  // `what` begins errors and warnings.
  Epochs(std::string what, std::optional<int64_t> steps) : steps_(steps), what_(std::move(what)) {}
  // That an epoch has fewer batches than it was to have.
  void warn_of_end(int64_t step) const;
  [[noreturn]] void fail_to_go_to(const callbacks::DataPosition& position, const std::string& found) const;

  const std::optional<int64_t> steps_;
  const std::string what_;
  int64_t step_ = 0;  // in this epoch
};

class TensorEpochs : public Epochs {
 public:
  // With `shuffle` each pass through the data takes them in a new order.
  TensorEpochs(std::string what, TensorBatches batches, bool shuffle, std::optional<int64_t> steps)
      : Epochs(std::move(what), steps), batches_(std::move(batches)), shuffle_(shuffle) {}

  bool begin() override;
  bool next(Batch& batch) override;
  void restart() override { position_ = 0; }
  callbacks::DataPosition position() const override {
    return {position_, 0, pass_random_, batches_.samples(), batches_.batch_size()};
  }
  void go_to(const callbacks::DataPosition& position) override;
  std::optional<int64_t> size() const override { return steps_ ? steps_ : batches_.size(); }

 private:
  void begin_pass();

  TensorBatches batches_;
  bool shuffle_;
  int64_t position_ = 0;
  // As the order was drawn.
  RandomState pass_random_;
};

class StreamEpochs : public Epochs {
 public:
  // `prepared` is what is done with each batch; its errors name the batch.
  StreamEpochs(std::string what, const Batches& source, std::optional<int64_t> steps,
               std::function<Batch(const Batch&)> prepared)
      : Epochs(std::move(what), steps), source_(source), prepared_(std::move(prepared)) {}

  // The first batch, which comes first in the next epoch too. @throws ValueError if there is none.
  const Batch& first();

  bool begin() override;
  bool next(Batch& batch) override;
  void restart() override;
  callbacks::DataPosition position() const override;
  void go_to(const callbacks::DataPosition& position) override;
  std::optional<int64_t> size() const override { return steps_ ? steps_ : length_ ? length_ : source_.size(); }
  std::string where() const override {
    return position_ == 0 ? what_ : what_ + "batch " + std::to_string(position_ - 1) + ": ";
  }

 private:
  void begin_pass();
  // The next batch of the source; at the end of a pass nothing.
  std::optional<Batch> take();
  std::optional<Batch> read();

  Batches source_;
  std::function<Batch(const Batch&)> prepared_;
  // Null before a pass, and behind its end.
  Batches::Pass pass_;
  // Read, and not given yet.
  std::optional<Batch> ahead_;
  // Found by an epoch that went to the end.
  std::optional<int64_t> length_;
  // Read in this pass, and ever.
  int64_t position_ = 0, calls_ = 0;
  // As the pass began.
  RandomState pass_random_;
};

}  // namespace xtape::models
