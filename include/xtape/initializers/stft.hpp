#pragma once

#include <optional>
#include <string>
#include <xtape/initializers/initializer.hpp>

namespace xtape::initializers {

struct STFTOptions {
  /// "real" or "imag": which part of the transform the kernel computes.
  std::string side = "real";
  /// "boxcar", "hann", "hamming", "blackman", "nuttall", "blackmanharris", "flattop" or "bartlett"; without one, no
  /// window and no scaling.
  std::optional<std::string> window = "hann";
  /// Divide by the window's norm ("density") or the sum of its magnitudes ("spectrum"); or by nothing.
  std::optional<std::string> scaling = "density";
  /// A window of one length more, without its last value.
  bool periodic = false;

  void fields(Fields& f) { f("side", side)("window", window)("scaling", scaling)("periodic", periodic); }
};

/// The kernel [time, 1, frequencies] of a one-dimensional convolution that is the short-time Fourier transform:
/// cos(a) or sin(a), a = -2 pi t f / (2 (frequencies - 1)), times the window.
class XTAPE_API STFT : public Initializer {
 public:
  /// @throws ValueError for an unknown side, window or scaling. Its use
  /// @throws ShapeError unless the shape is [time, 1, frequencies] with at least two frequencies.
  explicit STFT(STFTOptions options = {});
};

}  // namespace xtape::initializers
