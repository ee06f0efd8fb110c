#include "program/print.hpp"

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/dot_text.hpp"
#include "core/type_text.hpp"

namespace xtape::program {
namespace {

// Tensors by what they show: elements, and how they lie there.
class Names {
 public:
  // Empty where there is none yet.
  std::string find(const Tensor& x) const {
    const auto found = names_.find(key_of(x));
    return found == names_.end() ? "" : found->second;
  }
  // A new name; another tensor may have been at the same place before.
  const std::string& give(const Tensor& x) {
    return names_[key_of(x)] = std::string("%").append(std::to_string(count_++));
  }

 private:
  using Key = std::tuple<const core::Storage*, int64_t, std::string, std::string>;
  static Key key_of(const Tensor& x) {
    const core::TensorImpl* tensor = core::impl(x);
    return {tensor->storage.get(), tensor->offset, tensor->shape.str(), tensor->strides.str()};
  }

  std::map<Key, std::string> names_;
  std::size_t count_ = 0;
};

std::string type_of(const Tensor& x) { return core::type_text(x.dtype(), x.shape()); }

const char* text_of(Role role) {
  switch (role) {
    case Role::input:
      return "input";
    case Role::constant:
      return "constant";
    case Role::variable:
      return "variable";
    case Role::temporary:
    case Role::result:
      break;
  }
  return "view";
}

// Walks a graph: declare(name, role, tensor) for what is there before it runs, run(instruction, names of what it reads,
// of what it makes), result(name).
template <class Declare, class Run, class Result>
void walk(const Graph& graph, const Declare& declare, const Run& run, const Result& result) {
  Names names;
  const auto known = [&](const Tensor& x) {
    if (const std::string name = names.find(x); !name.empty()) return name;
    const std::string& name = names.give(x);
    declare(name, role_of(graph, x), x);
    return name;
  };
  for (const Tensor& x : graph.inputs) known(x);
  for (const Instruction& instruction : graph.instructions) {
    std::vector<std::string> read, made;
    for (const Tensor& x : instruction.inputs) read.push_back(x.defined() ? known(x) : "-");
    for (const Tensor& y : instruction.outputs) made.push_back(y.defined() ? names.give(y) : "-");
    run(instruction, read, made);
  }
  for (const Tensor& x : graph.outputs) result(known(x));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string call_of(const Instruction& instruction, const std::vector<std::string>& read) {
  const std::string attributes = instruction.attributes();
  std::string text = instruction.name();
  text.append("(").append(joined(read));
  if (!attributes.empty()) text.append(read.empty() ? "" : "; ").append(attributes);
  return text + ")";
}

}  // namespace

std::string text_of(const Graph& graph) {
  std::string text, results;
  walk(
      graph,
      [&](const std::string& name, Role role, const Tensor& x) {
        text += name + " = " + text_of(role) + "  " + type_of(x) + "\n";
      },
      [&](const Instruction& instruction, const std::vector<std::string>& read, const std::vector<std::string>& made) {
        if (!made.empty()) text += joined(made) + " = ";
        text += call_of(instruction, read);
        for (const Tensor& y : instruction.outputs) text += y.defined() ? "  " + type_of(y) : "";
        if (!instruction.call_path.empty()) text += "  " + instruction.call_path;
        text += "\n";
      },
      [&](const std::string& name) { results += (results.empty() ? "" : ", ") + name; });
  return text + "return " + results + "\n";
}

std::string dot_of(const Graph& graph) {
  core::DotText dot("program");
  // Who has written last what has the name.
  std::map<std::string, std::size_t> writer;
  walk(
      graph,
      [&](const std::string& name, Role role, const Tensor& x) {
        writer[name] = dot.node(std::string(text_of(role)) + " " + name + "\n" + type_of(x),
                                role == Role::variable ? "lightyellow" : "lightgray");
      },
      [&](const Instruction& instruction, const std::vector<std::string>& read, const std::vector<std::string>& made) {
        std::string label = instruction.name();
        if (const std::string attributes = instruction.attributes(); !attributes.empty()) {
          label.append("\n").append(core::wrapped(attributes));
        }
        for (const Tensor& y : instruction.outputs) {
          if (y.defined()) label.append("\n").append(type_of(y));
        }
        if (!instruction.call_path.empty()) label.append("\n").append(instruction.call_path);
        const std::size_t node = dot.node(label);
        for (const std::string& name : read) {
          if (name != "-") dot.edge(writer.at(name), node);
        }
        for (const std::string& name : made) writer[name] = node;
        for (std::size_t i = 0; i < targets(instruction).size(); ++i) writer[read[i]] = node;
      },
      [&](const std::string& name) { dot.edge(writer.at(name), dot.node("result", "lightblue")); });
  return std::move(dot).str();
}

}  // namespace xtape::program
