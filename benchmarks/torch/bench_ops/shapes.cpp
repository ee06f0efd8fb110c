#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {

void shapes(const Runner& runner) {
  const auto x = torch::rand({1024, 1024});
  op_rows(runner, "transposed_copy.1024x1024", {x}, [&] { return x.t().contiguous(); });

  const auto table = torch::rand({10000, 128});
  const auto rows = torch::randint(10000, {4096}, torch::kInt64);
  op_rows(runner, "row_gather.10000x128.4096", {table}, [&] { return table.index_select(0, rows); });

  const Tensors parts = {torch::rand({1024, 256}), torch::rand({1024, 256}), torch::rand({1024, 256}),
                         torch::rand({1024, 256})};
  op_rows(runner, "concatenate.4x1024x256", parts, [&] { return torch::cat(parts, 1); });
}

}  // namespace bench
