#include "common/table.hpp"

#include <fstream>
#include <sstream>
#include <vector>
#include <xtape/xtape.hpp>

namespace examples {

std::pair<xtape::Tensor, xtape::Tensor> read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw xtape::IOError("cannot open " + path);
  std::string line, cell;
  std::getline(file, line);
  std::vector<float> values;
  int64_t rows = 0;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    while (std::getline(cells, cell, ',')) values.push_back(std::stof(cell));
    ++rows;
  }
  const xtape::Tensor table = xtape::tensor(values).reshape({rows, -1});
  return {table.slice(1, {0, -1}), table.select(1, -1).astype(xtape::int64)};
}

}  // namespace examples
