#pragma once

#include <string>
#include <vector>

namespace xtape::plots {

/// How values become places on an axis, from 0 at `low` to 1 at `high`; `low` < `high`, and above 0 if logarithmic.
struct Scale {
  double low = 0, high = 1;
  bool logarithmic = false;

  double operator()(double value) const;
  /// The same, at an end of the axis for what lies beyond it.
  double clipped(double value) const;
  /// Whether a value has a place: finite, and positive on a logarithmic axis.
  bool takes(double value) const;
};

struct Tick {
  double value = 0;
  std::string label;
};

/// An axis that holds all values that have a place up to 1e300, with some room around them; without any, linear from 0
/// to 1 or logarithmic from 1 to 10.
Scale scale_of(const std::vector<double>& values, bool logarithmic);

/// About `count` round values on the axis: multiples of 1, 2, 2.5 or 5 times a power of ten, on a logarithmic axis
/// powers of ten, with 2 and 5 times them where there are few.
std::vector<Tick> ticks(const Scale& scale, int count);

/// The same for whole numbers, at least 1 apart.
std::vector<Tick> whole_ticks(double low, double high, int count);

}  // namespace xtape::plots
