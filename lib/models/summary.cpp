#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/with_commas.hpp>
#include <xtape/models/model_impl.hpp>

namespace xtape::models {
namespace {

using Row = std::array<std::string, 3>;
using Widths = std::array<int, 3>;

std::string readable_size(double bytes) {
  const char* unit = "B";
  for (const char* larger : {"KB", "MB", "GB", "TB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = larger;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %s", bytes, unit);
  return text;
}

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const int64_t length : shape) {
    text += (text.empty() ? "" : ", ") + (length == -1 ? std::string("None") : std::to_string(length));
  }
  return '(' + text + (shape.rank() == 1 ? ",)" : ")");
}

// The text in lines of at most `width` letters, broken at spaces where possible.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::string rest = text;
  while (rest.size() > width) {
    std::size_t end = rest.rfind(' ', width);
    if (end == std::string::npos || end == 0) end = width;
    lines.push_back(rest.substr(0, end));
    rest = rest.substr(rest[end] == ' ' ? end + 1 : end);
  }
  lines.push_back(rest);
  return lines;
}

void write_rule(std::ostream& out, const Widths& widths, const char* left, const char* line, const char* between,
                const char* right) {
  out << left;
  for (std::size_t column = 0; column < widths.size(); ++column) {
    for (int i = 0; i < widths[column]; ++i) out << line;
    out << (column + 1 < widths.size() ? between : right);
  }
  out << '\n';
}

void write_row(std::ostream& out, const Widths& widths, const Row& row, const char* border) {
  std::array<std::vector<std::string>, 3> cells;
  std::size_t height = 0;
  for (std::size_t column = 0; column < row.size(); ++column) {
    cells[column] = wrapped(row[column], static_cast<std::size_t>(widths[column] - 2));
    height = std::max(height, cells[column].size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    out << border;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string text = line < cells[column].size() ? cells[column][line] : "";
      const std::string space(static_cast<std::size_t>(widths[column] - 2) - text.size(), ' ');
      const bool right_aligned = column == 2;
      out << ' ' << (right_aligned ? space + text : text + space) << ' ' << border;
    }
    out << '\n';
  }
}

struct Count {
  int64_t parameters = 0;
  double bytes = 0;
  void add(const Tensor& value) {
    parameters += value.numel();
    bytes += static_cast<double>(value.numel()) * static_cast<double>(size_of(value.dtype()));
  }
  std::string text() const { return detail::with_commas(parameters) + " (" + readable_size(bytes) + ")\n"; }
};

}  // namespace

void ModelImpl::summary(std::ostream& out, int line_length) const {
  // Below, a column holds no letter.
  detail::check_at_least(20, "summary", "line_length", line_length, name());
  // Keras asks for columns that end at 45, 80 and 100 %, which its table printer shortens by these amounts to
  // make room for the borders.
  const int first_end = line_length * 45 / 100, second_end = line_length * 80 / 100;
  const Widths widths = {first_end - 1, second_end - first_end - 2, line_length - second_end - 1};
  out << "Model: \"" << name() << "\"\n";
  write_rule(out, widths, "┏", "━", "┳", "┓");
  write_row(out, widths, {"Layer (type)", "Output Shape", "Param #"}, "┃");
  write_rule(out, widths, "┡", "━", "╇", "┩");
  for (std::size_t i = 0; i < parts().size(); ++i) {
    const layers::Layer layer(parts()[i]);
    if (i > 0) write_rule(out, widths, "├", "─", "┼", "┤");
    const std::string shape = layer.built() ? shape_text(layer.compute_output_shape(layer.build_shape())) : "?";
    const std::string parameters = layer.built() ? detail::with_commas(layer.count_params()) : "0 (unbuilt)";
    write_row(out, widths, {layer.name() + " (" + layer.class_name() + ")", shape, parameters}, "│");
  }
  write_rule(out, widths, "└", "─", "┴", "┘");

  Count trainable, fixed;
  for (const layers::Variable& variable : weights()) (variable.trainable ? trainable : fixed).add(variable.value);
  Count optimizer_state;
  const bool optimizer_built = compiled() && optimizer().built();
  if (optimizer_built) {
    // Keras counts the number of steps and the learning rate, of four bytes each.
    optimizer_state = {2, 8};
    for (const std::vector<Tensor>& kind : optimizer().slots()) {
      for (const Tensor& slot : kind) optimizer_state.add(slot);
    }
  }
  const Count total{trainable.parameters + fixed.parameters + optimizer_state.parameters,
                    trainable.bytes + fixed.bytes + optimizer_state.bytes};
  out << " Total params: " << total.text();
  out << " Trainable params: " << trainable.text();
  out << " Non-trainable params: " << fixed.text();
  if (optimizer_built) out << " Optimizer params: " << optimizer_state.text();
  out << std::flush;
}

}  // namespace xtape::models
