#pragma once

#include "program/graph.hpp"

// Where the tensors of a program lie.
namespace xtape::program {

// Memory that is known in each run only, for inputs, and for results that are whole: they become Role::result, and are
// computed where they are returned. Others are copied.
void bind_inputs_and_results(Graph& graph);

// Lays all temporaries into one arena, those that do not live at the same time over one another. With `in_place`, an
// elementwise operation writes over an operand that nobody reads afterwards. Returns the arena, which tensors of the
// graph point into.
StorageReference plan_memory(Graph& graph, bool in_place);

}  // namespace xtape::program
