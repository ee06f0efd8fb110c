#include <string>

#include "groups.hpp"
#include "row.hpp"

namespace bench {

void matmuls(const Runner& runner) {
  const auto rows = [&](const std::string& name, const xtape::Shape& left, const xtape::Shape& right) {
    const auto a = xtape::rand(left);
    const auto b = xtape::rand(right);
    op_rows(runner, "matmul." + name, {a, b}, [&] { return a.matmul(b); });
  };
  rows("64", {64, 64}, {64, 64});
  rows("256", {256, 256}, {256, 256});
  rows("1024", {1024, 1024}, {1024, 1024});
  rows("128x784x128", {128, 784}, {784, 128});
  rows("32x64x64x64", {32, 64, 64}, {32, 64, 64});
}

}  // namespace bench
