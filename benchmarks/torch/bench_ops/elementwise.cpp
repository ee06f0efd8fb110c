#include <string>

#include "bench_ops/groups.hpp"
#include "row.hpp"

namespace bench {

void elementwise(const Runner& runner) {
  for (const int size : {64, 4096, 1 << 20, 1 << 22}) {
    const auto name = [&](const char* op) { return std::string(op) + "." + std::to_string(size); };
    const auto x = torch::rand({size / 64, 64});
    const auto y = torch::rand({size / 64, 64});
    op_rows(runner, name("add"), {x, y}, [&] { return x + y; });
    op_rows(runner, name("mul"), {x, y}, [&] { return x * y; });
    op_rows(runner, name("exp"), {x}, [&] { return torch::exp(x); });
    op_rows(runner, name("tanh"), {x}, [&] { return torch::tanh(x); });
    op_rows(runner, name("sigmoid"), {x}, [&] { return torch::sigmoid(x); });
    op_rows(runner, name("relu"), {x}, [&] { return torch::relu(x); });
    op_rows(runner, name("gelu"), {x}, [&] { return torch::gelu(x); });
    op_rows(runner, name("softmax"), {x}, [&] { return torch::softmax(x, -1); });
    op_rows(runner, name("log_softmax"), {x}, [&] { return torch::log_softmax(x, -1); });
  }
  const auto x = torch::rand({1024, 1024});
  const auto row = torch::rand({1024});
  const auto column = torch::rand({1024, 1});
  op_rows(runner, "add_row.1024x1024", {x, row}, [&] { return x + row; });
  op_rows(runner, "add_column.1024x1024", {x, column}, [&] { return x + column; });
}

}  // namespace bench
