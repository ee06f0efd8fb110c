#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {

void elementwise(const Runner& runner) {
  for (const int size : {64, 4096, 1 << 20, 1 << 22}) {
    const auto name = [&](const char* op) { return std::string(op) + "." + std::to_string(size); };
    const auto x = xtape::rand({size / 64, 64});
    const auto y = xtape::rand({size / 64, 64});
    op_rows(runner, name("add"), {x, y}, [&] { return x + y; });
    op_rows(runner, name("mul"), {x, y}, [&] { return x * y; });
    op_rows(runner, name("exp"), {x}, [&] { return xtape::exp(x); });
    op_rows(runner, name("tanh"), {x}, [&] { return xtape::tanh(x); });
    op_rows(runner, name("sigmoid"), {x}, [&] { return xtape::sigmoid(x); });
    op_rows(runner, name("relu"), {x}, [&] { return xtape::relu(x); });
    op_rows(runner, name("gelu"), {x}, [&] { return xtape::gelu(x); });
    op_rows(runner, name("softmax"), {x}, [&] { return xtape::softmax(x, -1); });
    op_rows(runner, name("log_softmax"), {x}, [&] { return xtape::log_softmax(x, -1); });
  }
  const auto x = xtape::rand({1024, 1024});
  const auto row = xtape::rand({1024});
  const auto column = xtape::rand({1024, 1});
  op_rows(runner, "add_row.1024x1024", {x, row}, [&] { return x + row; });
  op_rows(runner, "add_column.1024x1024", {x, column}, [&] { return x + column; });
}

}  // namespace bench
