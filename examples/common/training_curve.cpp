#include "common/training_curve.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <xtape/error.hpp>

namespace examples {
namespace {

constexpr double panel_width = 460, panel_height = 340;
constexpr double left = 64, right = 20, top = 44, bottom = 52;

// The data range [low, high] of an axis, drawn onto pixels [first, last], with ticks at round numbers.
struct Axis {
  double low, high, step, first, last;

  double pixel(double value) const { return first + (value - low) / (high - low) * (last - first); }
  std::vector<double> ticks() const {
    std::vector<double> values;
    for (double i = std::ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; ++i) values.push_back(i * step);
    return values;
  }
};

// 1, 2 or 5 times a power of ten, for about five ticks.
double round_step(double range) {
  const double power = std::pow(10.0, std::floor(std::log10(range / 5)));
  for (double factor : {1.0, 2.0, 5.0}) {
    if (range / (factor * power) <= 6) return factor * power;
  }
  return 10 * power;
}

Axis value_axis(double low, double high) {
  if (high - low < 1e-12) {
    const double margin = std::max(std::abs(high) * 0.1, 1e-6);
    low -= margin;
    high += margin;
  }
  const double step = round_step(high - low);
  return {std::floor(low / step) * step, std::ceil(high / step) * step, step, panel_height - bottom, top};
}

Axis epoch_axis(std::size_t epochs) {
  const double step = std::max(1.0, round_step(static_cast<double>(epochs)));
  const double margin = epochs == 1 ? 0.5 : 0.0;
  return {1 - margin, static_cast<double>(epochs) + margin, step, left, panel_width - right};
}

std::string number(double value, double step) {
  std::ostringstream text;
  const int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  text.setf(std::ios::fixed);
  text.precision(decimals);
  text << (std::abs(value) < step / 2 ? 0.0 : value);
  return text.str();
}

void line(std::ostream& svg, double x1, double y1, double x2, double y2, const char* colour) {
  svg << "<line x1='" << x1 << "' y1='" << y1 << "' x2='" << x2 << "' y2='" << y2 << "' stroke='" << colour << "'/>\n";
}

void text(std::ostream& svg, double x, double y, const char* anchor, const std::string& words, const char* more = "") {
  svg << "<text x='" << x << "' y='" << y << "' text-anchor='" << anchor << "' " << more << ">" << words << "</text>\n";
}

void draw_axes(std::ostream& svg, const Axis& x, const Axis& y, const std::string& title) {
  text(svg, (x.first + x.last) / 2, 26, "middle", title, "font-size='16' font-weight='bold'");
  for (double tick : y.ticks()) {
    line(svg, x.first, y.pixel(tick), x.last, y.pixel(tick), "#e4e4e4");
    text(svg, x.first - 8, y.pixel(tick) + 4, "end", number(tick, y.step));
  }
  for (double tick : x.ticks()) {
    if (tick < 1 || tick != std::floor(tick)) continue;
    line(svg, x.pixel(tick), y.first, x.pixel(tick), y.first + 5, "#444");
    text(svg, x.pixel(tick), y.first + 19, "middle", number(tick, x.step));
  }
  line(svg, x.first, y.first, x.last, y.first, "#444");
  line(svg, x.first, y.first, x.first, y.last, "#444");
  text(svg, (x.first + x.last) / 2, panel_height - 12, "middle", "epoch");
}

void draw_curve(std::ostream& svg, const Axis& x, const Axis& y, const std::vector<double>& values,
                const char* colour) {
  std::ostringstream points;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    const double column = x.pixel(static_cast<double>(i + 1)), row = y.pixel(values[i]);
    points << column << ',' << row << ' ';
    svg << "<circle cx='" << column << "' cy='" << row << "' r='3' fill='" << colour << "'/>\n";
  }
  svg << "<polyline points='" << points.str() << "' fill='none' stroke='" << colour << "' stroke-width='2'/>\n";
}

void draw_legend(std::ostream& svg, bool on_top, const std::vector<std::pair<const char*, const char*>>& entries) {
  const double x = panel_width - right - 108;
  double y = on_top ? top + 14 : panel_height - bottom - 8 - 18 * static_cast<double>(entries.size() - 1);
  for (const auto& [name, colour] : entries) {
    svg << "<line x1='" << x << "' y1='" << y - 4 << "' x2='" << x + 24 << "' y2='" << y - 4 << "' stroke='" << colour
        << "' stroke-width='2'/><circle cx='" << x + 12 << "' cy='" << y - 4 << "' r='3' fill='" << colour << "'/>\n";
    text(svg, x + 32, y, "start", name);
    y += 18;
  }
}

void draw_panel(std::ostream& svg, const std::string& metric, const std::vector<double>& train,
                const std::vector<double>* validation) {
  std::vector<double> finite;
  for (const auto* values : {&train, validation}) {
    if (values == nullptr) continue;
    std::copy_if(values->begin(), values->end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  }
  if (finite.empty()) finite = {0.0};
  const auto [low, high] = std::minmax_element(finite.begin(), finite.end());
  const Axis x = epoch_axis(train.size());
  const Axis y = value_axis(*low, *high);

  draw_axes(svg, x, y, metric);
  draw_curve(svg, x, y, train, "#1f6fb4");
  std::vector<std::pair<const char*, const char*>> entries{{"training", "#1f6fb4"}};
  if (validation != nullptr) {
    draw_curve(svg, x, y, *validation, "#e8710a");
    entries.emplace_back("validation", "#e8710a");
  }
  // In the corner that falling curves leave free, or the one that rising curves do.
  draw_legend(svg, train.front() > train.back(), entries);
}

std::ofstream open_for_writing(const std::string& path) {
  std::ofstream file(path);
  if (!file) throw xtape::IOError("cannot write " + path);
  return file;
}

}  // namespace

void write_history_csv(const std::string& path, const Curves& curves) {
  std::ofstream file = open_for_writing(path);
  std::size_t epochs = 0;
  file << "epoch";
  for (const auto& [name, values] : curves) {
    file << ',' << name;
    epochs = std::max(epochs, values.size());
  }
  file << '\n';
  for (std::size_t i = 0; i < epochs; ++i) {
    file << i + 1;
    for (const auto& [name, values] : curves) {
      file << ',';
      if (i < values.size()) file << values[i];
    }
    file << '\n';
  }
}

void write_training_curve(const std::string& path, const Curves& curves) {
  const auto is_validation = [](const auto& curve) { return curve.first.starts_with("val_"); };
  const auto panels = std::count_if(curves.begin(), curves.end(), std::not_fn(is_validation));

  std::ofstream svg = open_for_writing(path);
  svg << "<svg xmlns='http://www.w3.org/2000/svg' width='" << panel_width * static_cast<double>(panels) << "' height='"
      << panel_height << "' font-family='sans-serif' font-size='12' fill='#222'>\n"
      << "<rect width='100%' height='100%' fill='white'/>\n";
  double offset = 0;
  for (const auto& curve : curves) {
    if (is_validation(curve)) continue;
    const auto validation = std::find_if(curves.begin(), curves.end(),
                                         [&](const auto& other) { return other.first == "val_" + curve.first; });
    svg << "<g transform='translate(" << offset << ",0)'>\n";
    draw_panel(svg, curve.first, curve.second, validation == curves.end() ? nullptr : &validation->second);
    svg << "</g>\n";
    offset += panel_width;
  }
  svg << "</svg>\n";
}

}  // namespace examples
