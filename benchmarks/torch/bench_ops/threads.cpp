#include <torch/torch.h>

#include "bench_ops/groups.hpp"

void bench::set_threads(int count) {
  torch::set_num_threads(count);
  torch::set_num_interop_threads(1);
}
