#include <algorithm>
#include <xtape/detail/numbers.hpp>
#include <xtape/plots/training_curve.hpp>

#include "plots/canvas.hpp"
#include "plots/curves.hpp"
#include "plots/scale.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

constexpr const char* function = "training_curve";
constexpr double text_size = 12;
constexpr double tick_length = 4;
constexpr double legend_height = 30;
constexpr double title_height = 34;
constexpr double margin = 12;  // around the picture, and right of a panel
// Above, and with labels and axis name below.
constexpr double panel_top = 30, panel_bottom = 44;

// Where the points stand so close that marks would hide the line, there are none.
bool has_marks(double width, std::size_t points) { return width / static_cast<double>(points) >= 14; }

class Panel {
 public:
  Panel(const Curve& curve, bool logarithmic, double first_epoch, double last_epoch)
      : curve_(curve), y_(scale_of(curve.values(), logarithmic)), x_{first_epoch, last_epoch, false} {
    const std::vector<double> values = curve.values();
    empty_ = std::none_of(values.begin(), values.end(), [&](double v) { return y_.takes(v); });
    if (x_.low == x_.high) x_ = {x_.low - 0.5, x_.high + 0.5, false};
    missing_ = logarithmic ? "no finite values above 0" : "no finite values";
  }

  /// What the labels beside the axis need, of a panel of that height.
  double labels_width(double height) const {
    double width = 0;
    for (const Tick& tick : y_ticks(height)) width = std::max(width, text_width(tick.label, text_size));
    return width + tick_length + 6;
  }

  // `box` is that of the axes.
  void draw(Canvas& canvas, const Box& box, const std::optional<Best>& best) const {
    draw_axes(canvas, box);
    if (best) {
      const double x = place_x(box, static_cast<double>(best->epoch));
      canvas.lines({{x, box.y}, {x, box.bottom()}}, {grey, 1, true});
    }
    if (curve_.training) draw_series(canvas, box, *curve_.training, blue);
    if (curve_.validation) draw_series(canvas, box, *curve_.validation, vermilion);
    const bool of_training = best && best->name == curve_.name;
    if ((of_training || (best && best->name == "val_" + curve_.name)) && y_.takes(best->value)) {
      canvas.circle({place_x(box, static_cast<double>(best->epoch)), place_y(box, best->value)}, 4.5, white,
                    Stroke{of_training ? blue : vermilion, 2});
    }
    if (empty_) canvas.text({box.center_x(), box.center_y()}, missing_, {text_size, grey, Align::center});
  }

 private:
  std::vector<Tick> y_ticks(double height) const { return ticks(y_, std::clamp(static_cast<int>(height / 40), 2, 8)); }
  double place_x(const Box& box, double epoch) const { return box.x + box.width * x_(epoch); }
  double place_y(const Box& box, double value) const { return box.bottom() - box.height * y_.clipped(value); }

  void draw_axes(Canvas& canvas, const Box& box) const {
    for (const Tick& tick : empty_ ? std::vector<Tick>() : y_ticks(box.height)) {
      const double y = place_y(box, tick.value);
      canvas.lines({{box.x, y}, {box.right(), y}}, {grid_grey, 1});
      canvas.text({box.x - tick_length - 3, y + text_size * 0.36}, tick.label, {text_size, grey, Align::right});
    }
    const double label = text_width(std::to_string(static_cast<int64_t>(x_.high)), text_size);
    for (const Tick& tick : whole_ticks(x_.low, x_.high, std::max(1, static_cast<int>(box.width / (label + 24))))) {
      const double x = place_x(box, tick.value);
      canvas.lines({{x, box.bottom()}, {x, box.bottom() + tick_length}}, {frame_grey, 1});
      canvas.text({x, box.bottom() + tick_length + text_size + 1}, tick.label, {text_size, grey, Align::center});
    }
    canvas.lines({{box.x, box.y}, {box.x, box.bottom()}, {box.right(), box.bottom()}}, {frame_grey, 1});
    canvas.text({box.x, box.y - 11}, fitted(curve_.name, box.width, 13, true), {13, black, Align::left, true});
    canvas.text({box.center_x(), box.bottom() + panel_bottom - 8}, "epoch", {text_size, grey, Align::center});
  }

  void draw_series(Canvas& canvas, const Box& box, const Series& series, Color color) const {
    const bool marks = has_marks(box.width, static_cast<std::size_t>(x_.high - x_.low) + 1);
    // Runs of values that have a place; a gap ends one.
    std::vector<Point> run;
    const auto finish = [&] {
      canvas.lines(run, {color, box.width / static_cast<double>(series.values.size()) < 2 ? 1.25 : 1.75});
      for (const Point& point : run) {
        if (marks || run.size() == 1) canvas.circle(point, marks ? 2.75 : 1.5, color, std::nullopt);
      }
      run.clear();
    };
    for (std::size_t i = 0; i < series.values.size(); ++i) {
      if (y_.takes(series.values[i])) {
        run.push_back({place_x(box, static_cast<double>(series.epochs[i])), place_y(box, series.values[i])});
      } else {
        finish();
      }
    }
    finish();
  }

  const Curve& curve_;
  Scale y_, x_;
  bool empty_;
  const char* missing_;
};

// What the lines mean, in a row from the left.
void draw_legend(Canvas& canvas, const std::vector<Curve>& curves, const std::optional<Best>& best, Point start,
                 double right) {
  constexpr double sample = 24, gap = 22;
  double x = start.x;
  const auto entry = [&](const std::string& text, const Stroke& stroke) {
    const double y = start.y - text_size * 0.36;
    const std::string shown = fitted(text, right - x - sample - 6, text_size);
    canvas.lines({{x, y}, {x + sample, y}}, stroke);
    canvas.text({x + sample + 6, start.y}, shown, {text_size, black});
    x += sample + 6 + text_width(shown, text_size) + gap;
  };
  const auto has = [&](auto member) {
    return std::any_of(curves.begin(), curves.end(), [&](const Curve& curve) { return (curve.*member).has_value(); });
  };
  if (has(&Curve::training)) entry("training", {blue, 2});
  if (has(&Curve::validation)) entry("validation", {vermilion, 2});
  if (best) {
    entry("best epoch " + std::to_string(best->epoch) + ": " + best->name + ' ' + short_number(best->value),
          {grey, 1, true});
  }
}

int columns_of(std::size_t panels) { return panels == 4 ? 2 : static_cast<int>(std::min<std::size_t>(panels, 3)); }

}  // namespace

void training_curve(const callbacks::History& history, const std::string& path, const TrainingCurveOptions& options) {
  check_ending(function, path);
  check_choice(function, "yscale", options.yscale, {"linear", "log"});
  detail::check_at_least(100, function, "width", options.width.value_or(100));
  detail::check_at_least(100, function, "height", options.height.value_or(100));
  detail::check_number(function, "dpi", options.dpi, detail::Range::finite_and_positive);
  const std::vector<Curve> curves = curves_of(function, history, options.metrics);
  const std::optional<Best> best = best_of(function, history, options.monitor, options.mode);

  const auto [first, last] = std::minmax_element(history.epoch().begin(), history.epoch().end());
  std::vector<Panel> panels;
  for (const Curve& curve : curves) {
    panels.emplace_back(curve, options.yscale == "log", static_cast<double>(*first + 1),
                        static_cast<double>(*last + 1));
  }
  const bool one = panels.size() == 1;
  const double width = options.width.value_or(one ? 640 : 380), height = options.height.value_or(one ? 400 : 260);
  const int columns = columns_of(panels.size());
  const int rows = (static_cast<int>(panels.size()) + columns - 1) / columns;
  const double top = margin + (options.title.empty() ? 0 : title_height) + legend_height;
  const double axes_height = height - panel_top - panel_bottom;
  double left = 0;
  for (const Panel& panel : panels) left = std::max(left, panel.labels_width(axes_height));
  left = std::min(left, width / 2);

  const Picture picture{columns * width + 2 * margin, top + rows * height, [&](Canvas& canvas) {
                          const double right = columns * width + margin;
                          if (!options.title.empty()) {
                            canvas.text({margin + left, margin + 20},
                                        fitted(options.title, right - margin - left, 16, true),
                                        {16, black, Align::left, true});
                          }
                          draw_legend(canvas, curves, best, {margin + left, top - 10}, right);
                          for (std::size_t i = 0; i < panels.size(); ++i) {
                            const double x = margin + static_cast<double>(static_cast<int>(i) % columns) * width;
                            const double y = top + static_cast<double>(static_cast<int>(i) / columns) * height;
                            panels[i].draw(canvas, {x + left, y + panel_top, width - left - margin, axes_height}, best);
                          }
                        }};
  save(function, path, picture, options.dpi);
}

}  // namespace xtape::plots
