#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>
#include <xtape/detail/names.hpp>
#include <xtape/detail/one_line.hpp>
#include <xtape/detail/with_commas.hpp>
#include <xtape/error.hpp>
#include <xtape/models/model_impl.hpp>

#include "models/functional.hpp"
#include "models/shape_text.hpp"
#include "models/training.hpp"

namespace xtape::models {
namespace {

struct Column {
  std::string title;
  enum class Align { left, right, center } align = Align::left;
  // Letters, without the spaces around them.
  std::size_t width = 0;
};
using Row = std::vector<std::string>;

// What each layer's calls take, `title[0][0], tags[0][0]` as Keras writes it; nothing where one layer follows another.
std::unordered_map<const layers::LayerImpl*, std::string> connections(const ModelImpl& model) {
  const auto* functional = dynamic_cast<const FunctionalImpl*>(&model);
  if (!functional) return {};
  const Graph& graph = functional->graph();
  std::unordered_map<const layers::LayerImpl*, std::string> texts;
  std::unordered_map<const layers::SymbolicCall*, int> users;
  bool is_chain = graph.inputs().size() == 1 && graph.nodes().size() == model.parts().size();
  for (const layers::SymbolicCall* node : graph.nodes()) {
    const std::vector<Symbol> inputs = needed_by(*node);
    is_chain &= inputs.size() <= 1;
    for (const Symbol& input : inputs) {
      is_chain &= ++users[&input.node()] == 1;
      std::string& text = texts[&node->layer()];
      text += (text.empty() ? "" : ", ") + detail::one_line(input.name()) + '[' +
              std::to_string(graph.call_of(input.node())) + "][" + std::to_string(input.index()) + ']';
    }
  }
  if (is_chain) return {};
  return texts;
}

// The letters of a line, as Python's shutil finds them: what COLUMNS says, else the terminal, else 80. None for another
// stream, to which the same goes wherever the program runs.
std::optional<int> terminal_width(const std::ostream& out) {
  if (&out != &std::cout) return {};
  if (const char* const columns = std::getenv("COLUMNS")) {
    const std::string_view text = columns;
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

// Letters of a text in UTF-8.
std::size_t letters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

// Where the letter of that number begins.
std::size_t begin_of(const std::string& text, std::size_t letter) {
  std::size_t position = 0;
  for (; position < text.size(); ++position) {
    if ((text[position] & 0xC0) != 0x80 && letter-- == 0) break;
  }
  return position;
}

// Sets the widths of columns that end at these parts of the line. Keras's table printer takes the room for borders and
// spaces from them, evenly, and what is left over from the last but one.
void set_widths(std::vector<Column>& columns, const std::vector<double>& positions, int line_length) {
  int begin = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const int end = static_cast<int>(positions[i] * line_length);
    const int room = end - begin - (i + 2 == columns.size() ? 4 : 3);
    if (end - begin < 4 || room < 1) {
      throw ValueError("summary: a line of " + std::to_string(line_length) +
                       " letters leaves no room for the column \"" + columns[i].title + '"');
    }
    columns[i].width = static_cast<std::size_t>(room);
    begin = end;
  }
}

std::string readable_size(double bytes) {
  const char* unit = "B";
  for (const char* larger : {"KB", "MB", "GB", "TB", "PB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = larger;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %s", bytes, unit);
  return text;
}

// The shapes of a layer's outputs: of its last call on symbols, as Keras has it, else for what it was built for.
std::string output_text(layers::LayerImpl& layer) {
  const auto nodes = layer.nodes();
  if (!nodes.empty()) return shapes_text(nodes.back()->output_shapes());
  return layer.built() ? shape_text(layer.output_shape(layer.build_shape())) : "?";
}

// The text in lines of at most `width` letters, broken at spaces; what is longer than a line is cut, as Keras's table
// printer does.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t begin = 0;
  while (begin < text.size()) {
    // A word with the spaces around it that belong to it: those in front of the first one, and those behind.
    const std::size_t word = text.find_first_not_of(' ', begin);
    const std::size_t end = std::min(text.find(' ', word), text.size());
    const std::size_t next = std::min(text.find_first_not_of(' ', end), text.size());
    if (begin > 0 && letters(lines.back()) + letters(text.substr(begin, end - begin)) > width) lines.emplace_back();
    lines.back() += text.substr(begin, next - begin);
    begin = next;
  }
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    if (letters(line) > width) line = line.substr(0, begin_of(line, width - 1)) + "…";
  }
  return lines;
}

void write_rule(std::ostream& out, const std::vector<Column>& columns, const char* left, const char* line,
                const char* between, const char* right) {
  out << left;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    for (std::size_t i = 0; i < columns[column].width + 2; ++i) out << line;
    out << (column + 1 < columns.size() ? between : right);
  }
  out << '\n';
}

void write_row(std::ostream& out, const std::vector<Column>& columns, const Row& row, const char* border) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    cells.push_back(wrapped(row[i], columns[i].width));
    height = std::max(height, cells.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    out << border;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string text = line < cells[i].size() ? cells[i][line] : "";
      const std::size_t space = columns[i].width - letters(text);
      std::size_t before = 0;
      if (columns[i].align == Column::Align::right) before = space;
      if (columns[i].align == Column::Align::center) before = space / 2;
      out << ' ' << std::string(before, ' ') << text << std::string(space - before, ' ') << ' ' << border;
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

// The layers that a layer_range means, as Keras finds them: the first and the one behind the last.
std::pair<std::size_t, std::size_t> layer_range(const std::vector<detail::Reference<layers::LayerImpl>>& layers,
                                                const std::vector<std::string>& range) {
  if (range.empty()) return {0, layers.size()};
  if (range.size() != 2) {
    throw ValueError("summary: layer_range takes the names of 2 layers, given " + std::to_string(range.size()));
  }
  struct Found {
    std::size_t first = 0, last = 0;
    bool any = false;
  };
  const auto find = [&](const std::string& pattern) {
    Found found;
    try {
      const std::regex begin(pattern);
      for (std::size_t i = 0; i < layers.size(); ++i) {
        if (!std::regex_search(layers[i]->name(), begin, std::regex_constants::match_continuous)) continue;
        if (!found.any) found.first = i;
        found = {found.first, i, true};
      }
    } catch (const std::regex_error&) {
      throw ValueError("summary: layer_range: \"" + pattern + "\" is no regular expression");
    }
    if (found.any) return found;
    std::vector<std::string> names;
    for (const auto& layer : layers) names.push_back(layer->name());
    detail::throw_unknown_name("layer of layer_range", pattern, names);
  };
  const Found begin = find(range[0]), end = find(range[1]);
  if (begin.first > end.last) return {end.first, begin.last + 1};
  return {begin.first, end.last + 1};
}

class Table {
 public:
  Table(const ModelImpl& model, const SummaryOptions& options, std::optional<int> terminal)
      : options_(options), connections_(connections(model)) {
    columns_ = {{"Layer (type)"}, {"Output Shape"}, {"Param #", Column::Align::right}};
    std::vector<double> positions{0.45, 0.80, 1.0};
    int line_length = 88;
    if (!connections_.empty()) {
      columns_.push_back({"Connected to"});
      positions = {0.3, 0.56, 0.74, 1.0};
      line_length = 108;
    }
    if (options.positions.size() != 0) {
      if (options.positions.size() != positions.size()) {
        throw ValueError("summary: expected " + std::to_string(positions.size()) +
                         " positions, one for each column, given " + std::to_string(options.positions.size()));
      }
      positions = options.positions;
    }
    if (options.show_trainable) {
      columns_.push_back({"Trainable", Column::Align::center});
      for (double& position : positions) position *= 0.9;
      positions.push_back(1);
      line_length += 12;
    }
    if (terminal) line_length = std::min(line_length, *terminal - 4);
    set_widths(columns_, positions, options.line_length.value_or(line_length));
    const auto [first, last] = layer_range(model.parts(), options.layer_range);
    for (std::size_t i = first; i < last; ++i) add(*model.parts()[i], 0);
  }

  void write(std::ostream& out) const {
    Row header;
    for (const Column& column : columns_) header.push_back(column.title);
    write_rule(out, columns_, "┏", "━", "┳", "┓");
    write_row(out, columns_, header, "┃");
    write_rule(out, columns_, "┡", "━", "╇", "┩");
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (i > 0) write_rule(out, columns_, "├", "─", "┼", "┤");
      write_row(out, columns_, rows_[i], "│");
    }
    write_rule(out, columns_, "└", "─", "┴", "┘");
  }

 private:
  void add(layers::LayerImpl& impl, std::size_t level) {
    const layers::Layer layer(detail::Reference<layers::LayerImpl>::share(&impl));
    const std::string indent = level == 0 ? "" : std::string(3 * level, ' ') + "└ ";
    Row row{indent + detail::one_line(layer.name()) + " (" + layer.class_name() + ")", output_text(impl),
            layer.built() ? detail::with_commas(layer.count_params()) : "0 (unbuilt)"};
    if (!connections_.empty()) {
      const auto found = connections_.find(&impl);
      row.push_back(found == connections_.end() ? "-" : found->second);
    }
    if (options_.show_trainable) row.push_back(layer.weights().empty() ? "-" : layer.trainable() ? "Y" : "N");
    rows_.push_back(std::move(row));
    if (!options_.expand_nested || !dynamic_cast<const ModelImpl*>(&impl)) return;
    for (const auto& part : impl.parts()) add(*part, level + 1);
  }

  const SummaryOptions& options_;
  const std::unordered_map<const layers::LayerImpl*, std::string> connections_;
  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace

void ModelImpl::summary(std::ostream& out, const SummaryOptions& options) const {
  const Table table = with_context("", "", [&] { return Table(*this, options, terminal_width(out)); });
  out << "Model: \"" << detail::one_line(name()) << "\"\n";
  table.write(out);

  Count trainable, fixed;
  for (const layers::Variable& variable : weights()) (variable.trainable ? trainable : fixed).add(variable.value);
  Count optimizer_state;
  const bool optimizer_built = compiled() && optimizer().built();
  if (optimizer_built) {
    for (const auto& [name, value] : optimizer().variables()) {
      // Single numbers, as that of steps and the learning rate, take four bytes in Keras.
      if (value.rank() > 0) {
        optimizer_state.add(value);
      } else {
        ++optimizer_state.parameters;
        optimizer_state.bytes += 4;
      }
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
