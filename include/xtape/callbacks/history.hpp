#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/logs.hpp>

namespace xtape::callbacks {

/// The loss and metrics of each epoch; what `fit` returns.
class XTAPE_API History {
 public:
  using Entry = std::pair<std::string, std::vector<double>>;

  /// Adds an epoch; fit calls it after the callbacks.
  void add(int64_t epoch, const Logs& logs);

  /// The values of that name, one per epoch. @throws ValueError for an unknown name, with the nearest ones.
  const std::vector<double>& operator[](const std::string& name) const;
  bool contains(const std::string& name) const;
  /// Names with their values: those of the training in alphabetical order, then those of the validation.
  const std::vector<Entry>& history() const { return history_; }
  /// The numbers of the epochs, from 0.
  const std::vector<int64_t>& epoch() const { return epoch_; }

 private:
  std::vector<Entry> history_;
  std::vector<int64_t> epoch_;
};

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::History;
}
