// Three kinds of wine told apart by a chemical analysis: a table, scaled, and a small network.
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"

using namespace xtape;

namespace {

// Reads numbers separated by commas below a line of headings: all columns but the last as x, the last as y.
std::pair<Tensor, Tensor> read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw IOError("cannot open " + path);
  std::string line, cell;
  std::getline(file, line);
  std::vector<float> values;
  int64_t rows = 0;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    while (std::getline(cells, cell, ',')) values.push_back(std::stof(cell));
    ++rows;
  }
  const Tensor table = tensor(values).reshape({rows, -1});
  return {table.slice(1, {0, -1}), table.select(1, -1).astype(int64)};
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 30, .batch_size = 16});
  const std::string folder = arguments.data.empty() ? XTAPE_EXAMPLES "/data/wine" : arguments.data;

  const auto [features, labels] = read_table(folder + "/wine.csv");
  const Tensor order = randperm(features.shape(0));
  const Tensor y = utils::to_categorical(take(labels, order), 3);
  preprocessing::StandardScaler scaler;
  const Tensor x = scaler.fit_transform(take(features, order));

  Sequential model{
      layers::Dense(64, {.activation = "relu", .input_shape = {13}}),
      layers::Dense(32, {.activation = "relu"}),
      layers::Dense(3, {.activation = "softmax"}),
  };
  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  const History history = model.fit(x, y,
                                    {.batch_size = arguments.batch_size,
                                     .epochs = arguments.epochs,
                                     .verbose = arguments.verbose,
                                     .validation_split = 0.2});

  for (const auto& [name, values] : history.history()) {
    std::cout << name << ": " << values.front() << " -> " << values.back() << '\n';
  }
}
