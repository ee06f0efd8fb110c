#include "groups.hpp"
#include "row.hpp"

namespace bench {

void shapes(const Runner& runner) {
  const auto x = xtape::rand({1024, 1024});
  op_rows(runner, "transposed_copy.1024x1024", {x}, [&] { return x.transpose().contiguous(); });

  const auto table = xtape::rand({10000, 128});
  const auto rows = xtape::randint(0, 10000, {4096});
  op_rows(runner, "row_gather.10000x128.4096", {table}, [&] { return xtape::take(table, rows); });

  const Tensors parts = {xtape::rand({1024, 256}), xtape::rand({1024, 256}), xtape::rand({1024, 256}),
                         xtape::rand({1024, 256})};
  op_rows(runner, "concatenate.4x1024x256", parts, [&] { return xtape::concatenate(parts, 1); });
}

}  // namespace bench
