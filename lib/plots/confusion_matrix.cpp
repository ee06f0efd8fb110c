#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/plots/confusion_matrix.hpp>

#include "plots/canvas.hpp"
#include "plots/curves.hpp"
#include "plots/scale.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

constexpr const char* function = "confusion_matrix";

bool has_columns(const Tensor& y) { return y.rank() == 2 && y.shape(1) > 1; }

void check_shape(const char* name, const Tensor& y) {
  if (y.defined() && (y.rank() == 1 || y.rank() == 2) && y.numel() > 0) return;
  throw ShapeError(std::string(function) + ": " + name + " must be [n], [n, 1] or [n, classes], not empty, given " +
                   (y.defined() ? y.shape().str() : "an undefined tensor"));
}

// The class of each sample.
std::vector<int64_t> classes_of(const char* name, const Tensor& y) {
  const std::vector<double> values = y.to_vector<double>();
  const auto width = static_cast<std::size_t>(has_columns(y) ? y.shape(1) : 1);
  std::vector<int64_t> classes;
  for (auto row = values.begin(); row != values.end(); row += static_cast<std::ptrdiff_t>(width)) {
    const auto end = row + static_cast<std::ptrdiff_t>(width);
    if (width > 1) {
      if (std::any_of(row, end, [](double value) { return std::isnan(value); })) {
        throw ValueError(std::string(function) + ": " + name + " must hold numbers, given NaN in row " +
                         std::to_string(classes.size()));
      }
      classes.push_back(std::max_element(row, end) - row);
      continue;
    }
    if (!(*row >= 0 && *row < 1e6) || *row != std::floor(*row)) {
      throw IndexError(std::string(function) + ": " + name + " must hold classes, whole numbers from 0, given " +
                       short_number(*row, 6) + " at position " + std::to_string(classes.size()) +
                       "; of probabilities of one class pass y > 0.5");
    }
    classes.push_back(static_cast<int64_t>(*row));
  }
  return classes;
}

struct Counts {
  std::size_t classes;
  std::vector<double> cells;
  double& at(std::size_t row, std::size_t column) { return cells[row * classes + column]; }
  double at(std::size_t row, std::size_t column) const { return cells[row * classes + column]; }
};

Counts count(const Tensor& y_true, const Tensor& y_pred, const std::vector<std::string>& names) {
  check_shape("y_true", y_true);
  check_shape("y_pred", y_pred);
  if (y_true.shape(0) != y_pred.shape(0)) {
    throw ShapeError(std::string(function) + ": y_true and y_pred must have as many samples, given " +
                     y_true.shape().str() + " and " + y_pred.shape().str());
  }
  const std::vector<int64_t> given = classes_of("y_true", y_true), predicted = classes_of("y_pred", y_pred);
  int64_t needed = 1 + std::max(*std::max_element(given.begin(), given.end()),
                                *std::max_element(predicted.begin(), predicted.end()));
  for (const Tensor& y : {y_true, y_pred}) {
    if (has_columns(y)) needed = std::max(needed, y.shape(1));
  }
  if (!names.empty() && static_cast<int64_t>(names.size()) != needed) {
    if (static_cast<int64_t>(names.size()) < needed || has_columns(y_true) || has_columns(y_pred)) {
      throw ValueError(std::string(function) + ": class_names must be one for each of " + std::to_string(needed) +
                       " classes, given " + std::to_string(names.size()));
    }
    needed = static_cast<int64_t>(names.size());  // classes that no sample is of
  }
  constexpr int64_t most = 2000;
  if (needed > most) {
    throw IndexError(std::string(function) + ": at most " + std::to_string(most) + " classes can be drawn, given " +
                     std::to_string(needed));
  }
  const auto classes = static_cast<std::size_t>(needed);
  Counts counts{classes, std::vector<double>(classes * classes)};
  for (std::size_t i = 0; i < given.size(); ++i) {
    ++counts.at(static_cast<std::size_t>(given[i]), static_cast<std::size_t>(predicted[i]));
  }
  return counts;
}

void normalize(Counts& counts, const std::string& by) {
  const std::size_t n = counts.classes;
  const auto share = [&](auto belongs) {
    double sum = 0;
    for (std::size_t i = 0; i < n * n; ++i) sum += belongs(i) ? counts.cells[i] : 0;
    for (std::size_t i = 0; i < n * n; ++i) {
      if (belongs(i) && sum > 0) counts.cells[i] /= sum;
    }
  };
  if (by == "all") return share([](std::size_t) { return true; });
  for (std::size_t k = 0; k < n; ++k) share([&](std::size_t i) { return (by == "true" ? i / n : i % n) == k; });
}

// From white to dark blue, evenly darker.
Color shade(double part) {
  constexpr Color stops[] = {{255, 255, 255}, {205, 223, 240}, {120, 175, 217}, {40, 115, 185}, {8, 48, 107}};
  const double place = std::clamp(part, 0.0, 1.0) * 4;
  const int stop = std::min(static_cast<int>(place), 3);
  return mixed(stops[stop], stops[stop + 1], place - stop);
}

class Matrix {
 public:
  Matrix(Counts counts, const ConfusionMatrixOptions& options) : counts_(std::move(counts)), options_(options) {
    largest_ = options.normalize ? 1 : *std::max_element(counts_.cells.begin(), counts_.cells.end());
    for (std::size_t i = 0; i < counts_.classes; ++i) {
      names_.push_back(options.class_names.empty() ? std::to_string(i) : options.class_names[i]);
    }
    cell_ = std::clamp(520.0 / static_cast<double>(counts_.classes), 2.0, 64.0);
    for (const std::string& name : names_) longest_ = std::max(longest_, std::min(text_width(name, text_size), 140.0));
    upright_ = longest_ > cell_ - 6;
    // As many labels as do not touch.
    every_ = static_cast<std::size_t>(std::ceil((text_size + 2) / cell_));
    side_ = cell_ * static_cast<double>(counts_.classes);
    grid_ = {longest_ + 44, options.title.empty() ? 16.0 : 50.0, side_, side_};
  }

  Picture picture() const {
    const double labels = upright_ ? longest_ + 6 : text_size + 8;
    return {grid_.right() + 90, grid_.bottom() + labels + 30, [this, labels](Canvas& canvas) { draw(canvas, labels); }};
  }

 private:
  static constexpr double text_size = 12;

  std::string number(double value) const {
    return options_.normalize ? fixed_number(value, 2) : fixed_number(value, 0);
  }

  void draw(Canvas& canvas, double labels) const {
    if (!options_.title.empty()) {
      canvas.text({grid_.x, 30}, fitted(options_.title, grid_.width + 80, 16, true), {16, black, Align::left, true});
    }
    draw_cells(canvas);
    canvas.lines({{grid_.x, grid_.y},
                  {grid_.right(), grid_.y},
                  {grid_.right(), grid_.bottom()},
                  {grid_.x, grid_.bottom()},
                  {grid_.x, grid_.y},
                  {grid_.right(), grid_.y}},
                 {frame_grey, 1});
    for (std::size_t i = 0; i < names_.size(); i += every_) {
      const double middle = (static_cast<double>(i) + 0.5) * cell_, drop = text_size * 0.36;
      const std::string name = fitted(names_[i], 140, text_size);
      canvas.text({grid_.x - 7, grid_.y + middle + drop}, name, {text_size, black, Align::right});
      if (upright_) {
        canvas.text({grid_.x + middle + drop, grid_.bottom() + 7}, name, {text_size, black, Align::right, false, true});
      } else {
        canvas.text({grid_.x + middle, grid_.bottom() + 7 + text_size}, name, {text_size, black, Align::center});
      }
    }
    canvas.text({grid_.center_x(), grid_.bottom() + labels + 20}, "predicted", {13, black, Align::center, true});
    canvas.text({22, grid_.center_y()}, "true", {13, black, Align::center, true, true});
    draw_bar(canvas);
  }

  void draw_cells(Canvas& canvas) const {
    const std::size_t n = counts_.classes;
    double size = std::min(14.0, cell_ * 0.45);
    for (const double value : counts_.cells) {
      size = std::min(size, size * (cell_ - 4) / std::max(text_width(number(value), size), 1.0));
    }
    for (std::size_t row = 0; row < n; ++row) {
      for (std::size_t column = 0; column < n; ++column) {
        const double value = counts_.at(row, column);
        const Box box{grid_.x + static_cast<double>(column) * cell_, grid_.y + static_cast<double>(row) * cell_, cell_,
                      cell_};
        const Color color = shade(value / largest_);
        if (value > 0) canvas.fill(box, color);
        if (n > most_with_numbers) continue;
        const Color letters = value == 0 ? mixed(white, grey, 0.5) : brightness(color) < 0.55 ? white : black;
        canvas.text({box.center_x(), box.center_y() + size * 0.36}, number(value), {size, letters, Align::center});
      }
    }
  }

  // What the shades mean.
  void draw_bar(Canvas& canvas) const {
    constexpr int steps = 64;
    const Box bar{grid_.right() + 18, grid_.y, 14, side_};
    // Each part reaches down to the lower ones, drawn over it, so that no seam shows.
    for (int i = steps - 1; i >= 0; --i) {
      const double y = bar.bottom() - bar.height * (i + 1) / steps;
      canvas.fill({bar.x, y, bar.width, bar.bottom() - y}, shade((i + 0.5) / steps));
    }
    const Scale scale{0, largest_, false};
    const int about = std::clamp(static_cast<int>(side_ / 50), 1, 6);
    const auto marks = options_.normalize ? ticks(scale, about) : whole_ticks(0, largest_, about);
    for (const Tick& tick : marks) {
      const double y = bar.bottom() - bar.height * scale(tick.value);
      canvas.lines({{bar.right(), y}, {bar.right() + 4, y}}, {frame_grey, 1});
      canvas.text({bar.right() + 7, y + 4}, tick.label, {11, grey});
    }
  }

  static constexpr std::size_t most_with_numbers = 25;

  Counts counts_;
  const ConfusionMatrixOptions& options_;
  std::vector<std::string> names_;
  double largest_, cell_, side_, longest_ = 0;
  bool upright_;
  std::size_t every_;
  Box grid_;
};

}  // namespace

void confusion_matrix(const Tensor& y_true, const Tensor& y_pred, const std::string& path,
                      const ConfusionMatrixOptions& options) {
  check_ending(function, path);
  if (options.normalize) check_choice(function, "normalize", *options.normalize, {"true", "pred", "all"});
  detail::check_number(function, "dpi", options.dpi, detail::Range::finite_and_positive);
  Counts counts = count(y_true, y_pred, options.class_names);
  if (options.normalize) normalize(counts, *options.normalize);
  save(function, path, Matrix(std::move(counts), options).picture(), options.dpi);
}

}  // namespace xtape::plots
