#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>
#include <xtape/tensor.hpp>

namespace xtape::callbacks {

/// Named numbers in a fixed order: the loss and metrics of a batch, an epoch or an evaluation. A metric with several
/// figures, as F1 of each class, has their mean there, which is what Keras's log line shows; `values` gives all.
class XTAPE_API Logs {
 public:
  using Entry = std::pair<std::string, double>;

  /// The number of that name. @throws ValueError naming the known names.
  double operator[](const std::string& name) const;
  double operator[](const char* name) const { return (*this)[std::string(name)]; }
  /// The number at that place. @throws IndexError.
  template <std::convertible_to<Count> Place>
  double operator[](Place position) const {
    return at(position);
  }
  bool contains(const std::string& name) const;

  /// Sets the number of that name, which is added at the end if it is new.
  void set(const std::string& name, double value);
  /// The same for all figures of that name, of which the number is the mean. A tensor of no axes is a number.
  void set(const std::string& name, const Tensor& values);
  /// All figures of that name: [classes] of a metric with one for each class, [] where there is one number. Of a batch
  /// of fit or evaluate there are the means alone. @throws ValueError naming the known names.
  Tensor values(const std::string& name) const;
  std::size_t size() const { return entries_.size(); }
  std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  double at(Count position) const;

  std::vector<Entry> entries_;
  // Of names with several figures.
  std::vector<std::pair<std::string, Tensor>> values_;
};

/// `accuracy: 0.9021 - loss: 0.3312`, as Keras writes them: with four decimals, as powers of ten up to 1e-3.
XTAPE_API std::ostream& operator<<(std::ostream& stream, const Logs& logs);

}  // namespace xtape::callbacks
