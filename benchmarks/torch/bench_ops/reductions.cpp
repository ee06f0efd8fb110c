#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {

void reductions(const Runner& runner) {
  const auto x = torch::rand({1024, 1024});
  op_rows(runner, "sum_all.1024x1024", {x}, [&] { return x.sum(); });
  op_rows(runner, "sum_axis_0.1024x1024", {x}, [&] { return x.sum(0); });
  op_rows(runner, "mean_last_axis.1024x1024", {x}, [&] { return x.mean(-1); });
  forward_row(runner, "argmax_last_axis.1024x1024.forward", [&] { return x.argmax(-1); });
}

}  // namespace bench
