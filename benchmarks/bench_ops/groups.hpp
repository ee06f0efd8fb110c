#pragma once

#include "timing.hpp"

/// The groups of bench_ops. Each side, xtape and libtorch, defines all of them with the same row names and work.
namespace bench {

void set_threads(int count);

void elementwise(const Runner& runner);
void reductions(const Runner& runner);
void shapes(const Runner& runner);
void matmuls(const Runner& runner);
void convolutions(const Runner& runner);
void networks(const Runner& runner);
void chains(const Runner& runner);
void optimizers(const Runner& runner);
void inference(const Runner& runner);

}  // namespace bench
