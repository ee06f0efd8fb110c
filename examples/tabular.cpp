// Three kinds of wine told apart by a chemical analysis: a table, scaled, and a small network.
#include <iostream>
#include <string>
#include <xtape/xtape.hpp>

#include "common/arguments.hpp"
#include "common/table.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_arguments(argc, argv, {.epochs = 30, .batch_size = 16});
  const std::string folder = arguments.data.empty() ? XTAPE_EXAMPLES "/data/wine" : arguments.data;

  const auto [features, labels] = examples::read_table(folder + "/wine.csv");
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

  for (const auto& [name, values] : history.history) {
    std::cout << name << ": " << values.front() << " -> " << values.back() << '\n';
  }
}
