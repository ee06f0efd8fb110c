#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <utility>
#include <vector>
#include <xtape/export.hpp>

namespace xtape::callbacks {

/// Named numbers in a fixed order: the loss and metrics of a batch, an epoch or an evaluation.
class XTAPE_API Logs {
 public:
  using Entry = std::pair<std::string, double>;

  /// The number of that name. @throws ValueError naming the known names.
  double operator[](const std::string& name) const;
  double operator[](const char* name) const { return (*this)[std::string(name)]; }
  /// The number at that place. @throws IndexError.
  double operator[](std::size_t position) const;
  double operator[](int position) const { return (*this)[static_cast<std::size_t>(position)]; }
  bool contains(const std::string& name) const;

  /// Sets the number of that name, which is added at the end if it is new.
  void set(const std::string& name, double value);
  std::size_t size() const { return entries_.size(); }
  std::vector<Entry>::const_iterator begin() const { return entries_.begin(); }
  std::vector<Entry>::const_iterator end() const { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};

/// `accuracy: 0.9021 - loss: 0.3312`, as Keras writes them: with four decimals, as powers of ten up to 1e-3.
XTAPE_API std::ostream& operator<<(std::ostream& stream, const Logs& logs);

}  // namespace xtape::callbacks
