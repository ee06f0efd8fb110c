#pragma once

#include "program/graph.hpp"

namespace xtape::program {

// Elementwise operations that follow each other on tensors of one size, larger than a block, become one instruction: it
// computes block by block, so that what lies between the first and the last operation stays in the cache.
void fuse_elementwise_chains(Graph& graph);

}  // namespace xtape::program
