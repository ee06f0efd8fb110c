#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {
namespace {

void cross_entropy_rows(const Runner& runner, int rows, int classes) {
  const auto logits = xtape::rand({rows, classes});
  const auto labels = xtape::randint(0, classes, {rows});
  op_rows(runner, "cross_entropy." + std::to_string(rows) + "x" + std::to_string(classes), {logits},
          [&] { return xtape::sparse_categorical_crossentropy_from_logits(labels, logits).mean(); });
}

}  // namespace

void networks(const Runner& runner) {
  const auto table = xtape::rand({10000, 128});
  const auto ids = xtape::randint(0, 10000, {128, 64});
  op_rows(runner, "embedding.10000x128.128x64", {table}, [&] { return xtape::take(table, ids); });

  const auto x = xtape::rand({1 << 20});
  op_rows(runner, "dropout.1048576", {x}, [&] { return xtape::dropout(x, 0.5); });

  cross_entropy_rows(runner, 128, 10);
  cross_entropy_rows(runner, 1024, 1000);
}

}  // namespace bench
