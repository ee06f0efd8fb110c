#include <algorithm>
#include <cmath>
#include <xtape/detail/numbers.hpp>
#include <xtape/error.hpp>
#include <xtape/plots/images.hpp>

#include "plots/canvas.hpp"
#include "plots/rasters.hpp"
#include "plots/text.hpp"

namespace xtape::plots {
namespace {

constexpr const char* function = "images";
constexpr double margin = 14, gap = 8, label_size = 11, label_height = 18, title_height = 32;

void check_count(const char* option, const std::vector<std::string>& labels, int64_t most) {
  if (static_cast<int64_t>(labels.size()) <= most) return;
  throw ValueError(std::string(function) + ": " + option + " must be at most " + std::to_string(most) + ", given " +
                   std::to_string(labels.size()));
}

}  // namespace

void images(const Tensor& images, const std::string& path, const ImagesOptions& options) {
  check_ending(function, path);
  detail::check_at_least(1, function, "columns", options.columns.value_or(1));
  detail::check_at_least(1, function, "height", options.height.value_or(1));
  detail::check_number(function, "dpi", options.dpi, detail::Range::finite_and_positive);
  const std::vector<Raster> rasters = rasters_of(function, images, options.value_range);
  const auto count = static_cast<int64_t>(rasters.size());
  const int64_t square = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  const int64_t columns = std::min<int64_t>(options.columns.value_or(std::min<int64_t>(square, 10)), count);
  const int64_t rows = (count + columns - 1) / columns;
  check_count("labels", options.labels, count);
  check_count("row_labels", options.row_labels, rows);

  const double own_height = static_cast<double>(images.shape(1)), own_width = static_cast<double>(images.shape(2));
  const double height = options.height ? *options.height : std::max(96.0, own_height);
  const double width = height * own_width / own_height;
  double left = margin;
  for (const std::string& label : options.row_labels) left = std::max(left, margin + gap + text_width(label, 12));
  const double top = margin + (options.title.empty() ? 0 : title_height);
  const double step_x = width + gap, step_y = height + (options.labels.empty() ? gap : label_height + gap / 2);
  const double total = left + static_cast<double>(columns) * step_x - gap + margin;

  const Picture picture{total, top + static_cast<double>(rows) * step_y - gap + margin, [&](Canvas& canvas) {
                          if (!options.title.empty()) {
                            canvas.text({left, margin + 16}, fitted(options.title, total - left - margin, 16, true),
                                        {16, black, Align::left, true});
                          }
                          for (int64_t i = 0; i < count; ++i) {
                            const Box box{left + static_cast<double>(i % columns) * step_x,
                                          top + static_cast<double>(i / columns) * step_y, width, height};
                            canvas.image(box, rasters[static_cast<std::size_t>(i)]);
                            if (i < static_cast<int64_t>(options.labels.size())) {
                              canvas.text({box.center_x(), box.bottom() + label_height - 5},
                                          fitted(options.labels[static_cast<std::size_t>(i)], step_x - 2, label_size),
                                          {label_size, black, Align::center});
                            }
                          }
                          for (std::size_t row = 0; row < options.row_labels.size(); ++row) {
                            canvas.text({left - gap, top + static_cast<double>(row) * step_y + height / 2 + 4},
                                        options.row_labels[row], {12, black, Align::right});
                          }
                        }};
  save(function, path, picture, options.dpi);
}

}  // namespace xtape::plots
