#pragma once

#include "program/graph.hpp"

namespace xtape::program {

// Operations that can do the next one too do so (OpTable::followed_by): a matrix product adds the bias, and applies the
// activation.
void fuse_epilogues(Graph& graph);

}  // namespace xtape::program
