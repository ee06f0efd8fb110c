#pragma once

#include "program/graph.hpp"

// Two operations become one, where the second alone reads what the first makes.
namespace xtape::program {

// Operations that can do the next one too do so (OpTable::followed_by): a matrix product adds the bias, and applies the
// activation.
void fuse_epilogues(Graph& graph);

// Steps of optimizers make gradients that are outer products themselves, block by block.
void fuse_gradients(Graph& graph);

// Sums, differences and products that follow each other are computed two at a time, on registers.
void fuse_arithmetic_pairs(Graph& graph);

}  // namespace xtape::program
