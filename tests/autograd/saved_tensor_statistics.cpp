#include <sstream>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;
using Tensors = std::vector<Tensor>;

TEST_CASE("a scope counts what the tape holds, by operation, each memory once") {
  const Tensor x = randn({64, 32}).set_requires_grad(), w = randn({32, 16}).set_requires_grad();
  const SavedTensorScope scope;
  CHECK(scope.statistics().rows.empty());
  Tensor y = tanh(matmul(x, w));
  Tensor z = y * y;
  const SavedTensorStatistics statistics = scope.statistics();
  // tanh keeps its output, which is both inputs of multiply; matmul keeps leaves.
  REQUIRE(statistics.rows.size() == 3);
  CHECK(statistics.bytes == 64 * 16 * 4);
  CHECK(statistics.leaf_bytes == (64 * 32 + 32 * 16) * 4);
  const auto& first = statistics.rows[0];
  CHECK(first.op == "tanh");
  CHECK(first.operations == 1);
  CHECK(first.tensors == 1);
  CHECK(first.bytes == 64 * 16 * 4);
  CHECK(statistics.rows[1].op == "matmul");
  CHECK(statistics.rows[1].tensors == 2);
  CHECK(statistics.rows[1].bytes == 0);
  CHECK(statistics.rows[2].op == "multiply");
  CHECK(statistics.rows[2].bytes == 0);
  z.sum().backward();
  CHECK(scope.statistics().bytes == 0);
}

TEST_CASE("the statistics are printed as a table") {
  const Tensor x = ones({1000}, float64).set_requires_grad();
  const SavedTensorScope scope;
  const Tensor y = exp(exp(x));
  std::ostringstream text;
  text << scope.statistics();
  CHECK(text.str() ==
        "op     operations  tensors           bytes\n"
        "exp             2        2          16,000\n"
        "total           2        2          16,000\n"
        "beside leaves of 8,000 bytes\n");
}

TEST_CASE("what is gone is not counted, and the scope keeps nothing alive") {
  const Tensor x = ones({1000}, float64).set_requires_grad();
  const SavedTensorScope scope;
  {
    const Tensor y = exp(x * 2);
    CHECK(scope.statistics().bytes == 8000);
  }
  CHECK(scope.statistics().bytes == 0);
  const int64_t before = memory_statistics().allocated_bytes;
  for (int i = 0; i < 10000; ++i) exp(x);
  CHECK(memory_statistics().allocated_bytes - before < 3000 * 8500);
  CHECK(scope.statistics().rows.empty());
}

TEST_CASE("scopes in each other; other threads and what was recorded before do not count") {
  const Tensor x = ones({10}, float64).set_requires_grad();
  const Tensor before = exp(x);
  const SavedTensorScope outer;
  const Tensor first = exp(x);
  {
    const SavedTensorScope inner;
    const Tensor second = sigmoid(x);
    CHECK(inner.statistics().bytes == 80);
    CHECK(inner.statistics().rows[0].op == "sigmoid");
    CHECK(outer.statistics().bytes == 160);
  }
  CHECK(outer.statistics().bytes == 80);
  CHECK(outer.statistics().rows[0].op == "exp");
}

TEST_CASE("a checkpoint holds its inputs") {
  const Tensor x = ones({1000}, float64).set_requires_grad();
  const SavedTensorScope scope;
  const auto block = [](const Tensor& in) {
    Tensor y = in;
    for (int i = 0; i < 10; ++i) y = sin(y);
    return y;
  };
  Tensor plain = block(x * 2);
  CHECK(scope.statistics().bytes == 10 * 8000);
  plain = Tensor();
  const Tensor y = checkpoint(block, x * 2);
  const SavedTensorStatistics statistics = scope.statistics();
  REQUIRE(statistics.rows.size() == 1);
  CHECK(statistics.rows[0].op == "checkpoint");
  CHECK(statistics.bytes == 8000);
}
