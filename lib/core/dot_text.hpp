#pragma once

#include <cstddef>
#include <string>
#include <utility>

namespace xtape::core {

// A graph in the language of Graphviz.
class DotText {
 public:
  explicit DotText(const std::string& name, const std::string& node_style =
                                                "shape=box, fontname=\"Helvetica\", fontsize=10, style=filled, "
                                                "fillcolor=white")
      : text_("digraph " + name + " {\n  node [" + node_style + "];\n") {}

  // Of the whole graph, or of the cluster that is open: `rankdir`, "TB".
  void set(const std::string& attribute, const std::string& value) {
    text_ += "  " + attribute + "=\"" + quoted(value) + "\";\n";
  }

  // Adds a node; lines of the label are separated by \n. Returns its number.
  std::size_t node(const std::string& label, const char* color = nullptr) {
    text_ += "  n" + std::to_string(count_) + " [label=\"" + quoted(label) + "\"";
    if (color) text_.append(", fillcolor=").append(color);
    text_ += "];\n";
    return count_++;
  }
  // One whose label is a table in Graphviz's kind of HTML.
  std::size_t table(const std::string& html) {
    text_ += "  n" + std::to_string(count_) + " [label=<" + html + ">];\n";
    return count_++;
  }
  // What is added in between stands in a frame with that title.
  void begin_cluster(const std::string& title) {
    text_ += "  subgraph cluster_" + std::to_string(clusters_++) + " {\n";
    set("label", title);
    set("labeljust", "l");
    set("style", "dashed");
    set("fontname", "Helvetica");
  }
  void end_cluster() { text_ += "  }\n"; }
  void edge(std::size_t from, std::size_t to) {
    text_ += "  n" + std::to_string(from) + " -> n" + std::to_string(to) + ";\n";
  }
  std::string str() && { return std::move(text_) + "}\n"; }

 private:
  static std::string quoted(const std::string& label) {
    std::string result;
    for (const char character : label) {
      if (character == '\n') {
        result += "\\n";
        continue;
      }
      if (character == '"' || character == '\\') result += '\\';
      result += character;
    }
    return result;
  }

  std::string text_;
  std::size_t count_ = 0;
  std::size_t clusters_ = 0;
};

// Long texts in several lines, broken behind commas.
inline std::string wrapped(const std::string& text, std::size_t width = 40) {
  std::string result;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (++line >= width && text[i] == ' ' && i > 0 && text[i - 1] == ',') {
      result.back() = '\n';
      line = 0;
    }
  }
  return result;
}

}  // namespace xtape::core
