#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <ostream>
#include <string>
#include <unordered_map>
#include <vector>
#include <xtape/detail/numbers.hpp>
#include <xtape/detail/with_commas.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/functional.hpp"

namespace xtape::models {
namespace {

using Row = std::vector<std::string>;
using Widths = std::vector<int>;

constexpr std::size_t parameter_column = 2;

// What each layer's calls take, `title[0][0], tags[0][0]` as Keras writes it; nothing where one layer follows another.
std::vector<std::string> connections(const ModelImpl& model) {
  const auto* functional = dynamic_cast<const FunctionalImpl*>(&model);
  if (!functional) return {};
  const Graph& graph = functional->graph();
  std::unordered_map<const layers::LayerImpl*, std::string> texts;
  std::unordered_map<const layers::SymbolicCall*, int> users;
  bool is_chain = graph.nodes().size() == model.parts().size();
  for (const layers::SymbolicCall* node : graph.nodes()) {
    const std::vector<Symbol> inputs = node->all_inputs();
    is_chain &= inputs.size() <= 1;
    for (const Symbol& input : inputs) {
      is_chain &= ++users[&input.node()] == 1;
      std::string& text = texts[&node->layer()];
      text += (text.empty() ? "" : ", ") + input.name() + '[' + std::to_string(graph.call_of(input.node())) + "][" +
              std::to_string(input.index()) + ']';
    }
  }
  if (is_chain) return {};
  std::vector<std::string> result;
  for (const auto& part : model.parts()) {
    const std::string& text = texts[part.get()];
    result.push_back(text.empty() ? "-" : text);
  }
  return result;
}

// The widths of columns that end at these parts, in percent, of the line. Keras's table printer shortens them by the
// room for the borders.
Widths widths_of(int line_length, std::initializer_list<int> ends) {
  Widths widths;
  int begin = 0;
  for (const int percent : ends) {
    const int end = line_length * percent / 100;
    const bool outer = begin == 0 || percent == 100;
    widths.push_back(end - begin - (outer ? 1 : 2));
    begin = end;
  }
  return widths;
}

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

// The shapes of a layer's outputs: of its first call on symbols, else for what it was built for.
std::string output_text(layers::LayerImpl& layer) {
  const auto nodes = layer.nodes();
  if (!nodes.empty()) {
    std::string text;
    for (const Shape& shape : nodes.front()->output_shapes()) text += (text.empty() ? "" : ", ") + shape_text(shape);
    return text;
  }
  return layer.built() ? shape_text(layer.output_shape(layer.build_shape())) : "?";
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
  std::vector<std::vector<std::string>> cells(row.size());
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
      const bool right_aligned = column == parameter_column;
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
  const std::vector<std::string> connected = connections(*this);
  const bool connects = !connected.empty();
  if (line_length == 0) line_length = connects ? 108 : 88;
  // Below, a column holds no letter.
  detail::check_at_least(20, "summary", "line_length", line_length, name());
  const Widths widths = connects ? widths_of(line_length, {30, 56, 74, 100}) : widths_of(line_length, {45, 80, 100});
  Row header{"Layer (type)", "Output Shape", "Param #"};
  if (connects) header.push_back("Connected to");
  out << "Model: \"" << name() << "\"\n";
  write_rule(out, widths, "┏", "━", "┳", "┓");
  write_row(out, widths, header, "┃");
  write_rule(out, widths, "┡", "━", "╇", "┩");
  for (std::size_t i = 0; i < parts().size(); ++i) {
    const layers::Layer layer(parts()[i]);
    if (i > 0) write_rule(out, widths, "├", "─", "┼", "┤");
    const std::string shape = output_text(*parts()[i]);
    const std::string parameters = layer.built() ? detail::with_commas(layer.count_params()) : "0 (unbuilt)";
    Row row{layer.name() + " (" + layer.class_name() + ")", shape, parameters};
    if (connects) row.push_back(connected[i]);
    write_row(out, widths, row, "│");
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
