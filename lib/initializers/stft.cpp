#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/error.hpp>
#include <xtape/initializers/stft.hpp>
#include <xtape/ops/creation.hpp>

namespace xtape::initializers {
namespace {

using std::numbers::pi;

// Windows that are sums of cosines: c0 - c1 cos(2 pi x) + c2 cos(4 pi x) - ... for x in [0, 1] (Harris, 1978).
struct CosineWindow {
  std::string_view name;
  double terms[5];
};

constexpr CosineWindow cosine_windows[] = {
    {"boxcar", {1}},
    {"hann", {0.5, 0.5}},
    {"hamming", {0.54, 0.46}},
    {"blackman", {0.42, 0.5, 0.08}},
    {"nuttall", {0.3635819, 0.4891775, 0.1365995, 0.0106411}},
    {"blackmanharris", {0.35875, 0.48829, 0.14128, 0.01168}},
    {"flattop", {0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368}},
};

const CosineWindow* cosine_window(std::string_view name) {
  for (const CosineWindow& window : cosine_windows) {
    if (window.name == name) return &window;
  }
  return nullptr;
}

double value_of(std::string_view window, double x) {
  if (window == "bartlett") return 1 - std::abs(2 * x - 1);
  double sum = 0, sign = 1;
  for (int i = 0; i < 5; ++i, sign = -sign) sum += sign * cosine_window(window)->terms[i] * std::cos(2 * pi * i * x);
  return sum;
}

std::vector<double> values_of(std::string_view window, int64_t length, bool periodic) {
  const int64_t last = periodic ? length : length - 1;
  std::vector<double> values;
  for (int64_t i = 0; i < length; ++i) {
    values.push_back(length == 1 ? 1 : value_of(window, static_cast<double>(i) / static_cast<double>(last)));
  }
  return values;
}

double scale_of(const std::vector<double>& window, const std::optional<std::string>& scaling) {
  if (!scaling) return 1;
  double sum = 0;
  for (const double value : window) sum += *scaling == "density" ? value * value : std::abs(value);
  return *scaling == "density" ? std::sqrt(sum) : sum;
}

class STFTImpl : public InitializerImpl {
 public:
  explicit STFTImpl(STFTOptions options) : options_(std::move(options)) {
    const auto& [side, window, scaling, periodic] = options_;
    if (side != "real" && side != "imag") detail::throw_unknown_name("side of STFT", side, {"real", "imag"});
    if (scaling && *scaling != "density" && *scaling != "spectrum") {
      detail::throw_unknown_name("scaling of STFT", *scaling, {"density", "spectrum"});
    }
    if (window && *window != "bartlett" && !cosine_window(*window)) {
      std::vector<std::string> known{"bartlett"};
      for (const CosineWindow& each : cosine_windows) known.emplace_back(each.name);
      detail::throw_unknown_name("window of STFT", *window, known);
    }
  }

  Tensor operator()(const Shape& shape, DType dtype) const override {
    if (shape.rank() != 3 || shape[1] != 1 || shape[2] < 2) {
      throw ShapeError("STFT: expected [time, 1, frequencies] with at least 2 frequencies, given " + shape.str());
    }
    const int64_t length = shape[0], frequencies = shape[2], period = 2 * (frequencies - 1);
    std::vector<double> window(static_cast<std::size_t>(length), 1);
    double scale = 1;
    if (options_.window) {
      window = values_of(*options_.window, length, options_.periodic);
      scale = scale_of(window, options_.scaling);
      if (scale == 0) throw ShapeError("STFT: a " + *options_.window + " window is 0 everywhere, given " + shape.str());
    }
    std::vector<double> kernel;
    for (int64_t t = 0; t < length; ++t) {
      for (int64_t f = 0; f < frequencies; ++f) {
        // The angle of t f modulo a turn, where the product is exact.
        const double angle = -2 * pi * static_cast<double>(t * f % period) / static_cast<double>(period);
        kernel.push_back((options_.side == "real" ? std::cos(angle) : std::sin(angle)) *
                         window[static_cast<std::size_t>(t)] / scale);
      }
    }
    return from_data(kernel.data(), shape).astype(dtype);
  }

  std::string class_name() const override { return "STFT"; }
  void fields(Fields& f) override { options_.fields(f); }

 private:
  STFTOptions options_;
};

}  // namespace

STFT::STFT(STFTOptions options) : Initializer(std::make_shared<STFTImpl>(std::move(options))) {}

}  // namespace xtape::initializers
