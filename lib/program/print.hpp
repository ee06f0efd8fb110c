#pragma once

#include <string>

#include "program/graph.hpp"

namespace xtape::program {

// The instructions, one a line.
std::string text_of(const Graph& graph);
// The same in the language of Graphviz.
std::string dot_of(const Graph& graph);

}  // namespace xtape::program
