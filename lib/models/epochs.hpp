#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <xtape/models/batches.hpp>
#include <xtape/models/data.hpp>

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
  // Batches of an epoch, once they are known.
  virtual std::optional<int64_t> size() const = 0;
  // What errors of a batch begin with: "fit: ", "fit: batch 3: ".
  virtual std::string where() const { return what_; }

 protected:
  // `what` begins errors and warnings.
  Epochs(std::string what, std::optional<int64_t> steps) : steps_(steps), what_(std::move(what)) {}
  // That an epoch has fewer batches than it was to have.
  void warn_of_end(int64_t step) const;

  const std::optional<int64_t> steps_;
  const std::string what_;
};

class TensorEpochs : public Epochs {
 public:
  // With `shuffle` each pass through the data takes them in a new order.
  TensorEpochs(std::string what, TensorBatches batches, bool shuffle, std::optional<int64_t> steps)
      : Epochs(std::move(what), steps), batches_(std::move(batches)), shuffle_(shuffle) {}

  bool begin() override;
  bool next(Batch& batch) override;
  void restart() override { position_ = 0; }
  std::optional<int64_t> size() const override { return steps_ ? steps_ : batches_.size(); }

 private:
  TensorBatches batches_;
  bool shuffle_;
  int64_t step_ = 0, position_ = 0;
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
  std::optional<int64_t> size() const override { return steps_ ? steps_ : length_ ? length_ : source_.size(); }
  std::string where() const override {
    return position_ == 0 ? what_ : what_ + "batch " + std::to_string(position_ - 1) + ": ";
  }

 private:
  std::optional<Batch> read();

  Batches source_;
  std::function<Batch(const Batch&)> prepared_;
  // Null before a pass, and behind its end.
  Batches::Pass pass_;
  // Read, and not given yet.
  std::optional<Batch> ahead_;
  // Found by an epoch that went to the end.
  std::optional<int64_t> length_;
  // In this epoch, and in this pass.
  int64_t step_ = 0, position_ = 0;
};

}  // namespace xtape::models
