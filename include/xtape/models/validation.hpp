#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/models/batches.hpp>
#include <xtape/models/data.hpp>

namespace xtape::models {

/// What loss and metrics are measured on after an epoch: `{x, y}`, `{x, y, sample_weight}`, or Batches.
class XTAPE_API ValidationData {
 public:
  /// None.
  ValidationData() = default;
  ValidationData(Data x, Data y, Data sample_weight = {})
      : tensors_(Batch{std::move(x), std::move(y), std::move(sample_weight)}) {}
  ValidationData(Batch tensors) : tensors_(std::move(tensors)) {}
  template <class Iterable>
  requires(!std::same_as<std::remove_cvref_t<Iterable>, ValidationData> && std::convertible_to<Iterable, Batches>)
      ValidationData(Iterable&& batches)
      : batches_(std::forward<Iterable>(batches)) {}

  /// Whether there are any.
  explicit operator bool() const noexcept { return tensors_ || batches_; }
  /// One of the two, where there are any.
  const std::optional<Batch>& tensors() const noexcept { return tensors_; }
  const std::optional<Batches>& batches() const noexcept { return batches_; }

 private:
  std::optional<Batch> tensors_;
  std::optional<Batches> batches_;
};

/// After which epochs there is a validation: each n-th one, or a list of them, counted from 1.
class XTAPE_API ValidationFreq {
 public:
  ValidationFreq(int64_t every = 1) : every_(every) {}
  ValidationFreq(std::initializer_list<int64_t> epochs) : epochs_(epochs) {}
  ValidationFreq(std::vector<int64_t> epochs) : epochs_(std::move(epochs)) {}

  /// Whether it is due after that epoch, counted from 0.
  bool due(int64_t epoch) const;
  /// 0 where epochs are listed.
  int64_t every() const noexcept { return every_; }
  const std::vector<int64_t>& epochs() const noexcept { return epochs_; }

 private:
  int64_t every_ = 0;
  std::vector<int64_t> epochs_;
};

}  // namespace xtape::models
