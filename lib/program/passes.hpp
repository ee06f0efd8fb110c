#pragma once

#include "program/graph.hpp"

// What makes a program smaller without changing a bit of its results. Each is a pass over the whole graph.
namespace xtape::program {

// Operations whose results nobody reads; those that draw random numbers stay, for the numbers that come after.
void remove_dead_code(Graph& graph);

// Computes what depends on constants alone: its results are constants.
void fold_constants(Graph& graph);

// One operation on the same tensors, twice: later readers read the first result. Copies: they read the original.
void eliminate_common_subexpressions(Graph& graph);

}  // namespace xtape::program
