#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/callbacks/logs.hpp>
#include <xtape/tensor.hpp>

namespace xtape::callbacks {

/// Names with their values, in the order in which fit first had them: those of an epoch, `val_` among them, in
/// alphabetical order, then what callbacks set (`learning_rate`). A metric with several figures, as F1 of each
/// class, has their means there, as the log lines show them; Keras keeps arrays, which `values` gives.
class XTAPE_API HistoryValues {
 public:
  using Entry = std::pair<std::string, std::vector<double>>;

  /// The values of that name. @throws ValueError for an unknown name, with the nearest ones.
  const std::vector<double>& operator[](const std::string& name) const;
  /// All figures of that name: for each value a tensor, [classes] of a metric with one for each class, [] of one
  /// number.
  /// @throws ValueError likewise.
  std::vector<Tensor> values(const std::string& name) const;
  bool contains(const std::string& name) const;
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  friend class History;

  std::vector<Entry> entries_;
  // Of each value, by the order of entries_: all figures, undefined where there is one.
  std::vector<std::vector<Tensor>> values_;
};

/// The loss and metrics of each epoch; what `fit` returns.
/// ```
/// const History history = model.fit(x, y, {.epochs = 20, .validation_split = 0.1});
/// history.history["val_loss"].back();
/// std::cout << history;
/// history.to_csv("history.csv");
/// ```
class XTAPE_API History {
 public:
  /// Keras's name for the values.
  HistoryValues history;

  /// Adds an epoch; fit calls it after the callbacks.
  void add(int64_t epoch, const Logs& logs);

  /// The same as history[name].
  const std::vector<double>& operator[](const std::string& name) const { return history[name]; }
  std::vector<Tensor> values(const std::string& name) const { return history.values(name); }
  bool contains(const std::string& name) const { return history.contains(name); }
  /// The numbers of the epochs, from 0.
  const std::vector<int64_t>& epoch() const { return epoch_; }
  /// Those that the values of that name belong to: with `validation_freq`, `val_loss` is not there for each.
  /// @throws ValueError for an unknown name.
  std::vector<int64_t> epochs_of(const std::string& name) const;

  /// A line for each epoch, with a head: `epoch,loss,val_loss`. Epochs count from 0, as CSVLogger's do; numbers are
  /// read back exactly; what an epoch does not have is left empty. Several figures of one name are a text,
  /// `"[0.5, 0.25]"`, as CSVLogger writes them. @throws IOError if the file cannot be written.
  void to_csv(const std::string& path) const;
  /// `{"epoch": [0, 1], "loss": [0.5, 0.25], "val_loss": [null, 0.75]}`: a value for each epoch, null where it has
  /// none, a list where it has several figures. NaN and infinities, which JSON lacks, are texts: "NaN", "Infinity",
  /// "-Infinity". @throws IOError as to_csv; ValueError if one of the values is called "epoch", which is the list of
  /// the epochs there; nothing is written then.
  void to_json(const std::string& path) const;
  /// What to_csv or to_json wrote. @throws IOError for a file that cannot be read; FormatError for another content,
  /// which names file and line, or name.
  static History from_csv(const std::string& path);
  static History from_json(const std::string& path);

 private:
  // The numbers as a table: for each epoch that of each name, or null.
  std::vector<std::vector<const double*>> table() const;
  // The figures of that name in that epoch, where there are several, or null.
  const Tensor* several(std::size_t row, std::size_t column) const;

  friend XTAPE_API std::ostream& operator<<(std::ostream& stream, const History& history);

  std::vector<int64_t> epoch_;
  // By the order of `history`: where in epoch_ each value belongs.
  std::vector<std::vector<std::size_t>> places_;
};

/// A table with a line for each epoch. Epochs count from 1 there, as in the lines that fit writes.
XTAPE_API std::ostream& operator<<(std::ostream& stream, const History& history);

}  // namespace xtape::callbacks

namespace xtape {
using callbacks::History;
}
