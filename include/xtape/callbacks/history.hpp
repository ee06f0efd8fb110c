#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/callback.hpp>

namespace xtape::callbacks {

/// The loss and metrics of each epoch; what `fit` returns.
class XTAPE_API History : public Callback {
 public:
  using Entry = std::pair<std::string, std::vector<double>>;

  void on_train_begin() override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

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
