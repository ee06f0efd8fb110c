#pragma once

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>
#include <xtape/shape.hpp>

namespace xtape::callbacks {

/// Named numbers in a fixed order: the loss and metrics of a batch, an epoch or an evaluation.
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
  std::size_t size() const { return entries_.size(); }
  std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  double at(Count position) const;

  std::vector<Entry> entries_;
};

/// `accuracy: 0.9021 - loss: 0.3312`, as Keras writes them: with four decimals, as powers of ten up to 1e-3.
XTAPE_API std::ostream& operator<<(std::ostream& stream, const Logs& logs);

}  // namespace xtape::callbacks
