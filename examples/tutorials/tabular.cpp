// Three kinds of wine told apart by a chemical analysis: a table, scaled, and a small network, in the seven steps of
// the Keras tutorials; which penalty on the weights does best. Less than a second:
//
//   no penalty: 30 epochs, accuracy 0.994382, validation loss 0.0507412
//   L1: 30 epochs, accuracy 0.994382, validation loss 0.349245
//   L2: 30 epochs, accuracy 0.994382, validation loss 0.137066
//   Probabilities of the first three wines:
//   [[9.9925083e-01 4.6092304e-04 2.8829498e-04]
//    [1.7711348e-04 9.9981469e-01 8.2082615e-06]
//    [1.3255033e-04 9.9977559e-01 9.1923219e-05]]
//   of which kinds they are: [0 1 1]
//
// In Python:
//
//   table = pandas.read_csv("wine.csv").sample(frac=1)
//   x = StandardScaler().fit_transform(table.iloc[:, :-1])
//   y = keras.utils.to_categorical(table.iloc[:, -1], 3)
//
//   def build(penalty):
//       model = keras.Sequential([
//           keras.Input(shape=(13,)),
//           layers.Dense(64, activation="relu", kernel_regularizer=penalty),
//           layers.Dense(32, activation="relu", kernel_regularizer=penalty),
//           layers.Dense(3, activation="softmax"),
//       ])
//       model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
//       return model
//
//   stopping = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
//   for penalty in [None, keras.regularizers.L1(0.001), keras.regularizers.L2(0.001)]:
//       model = build(penalty)
//       history = model.fit(x, y, batch_size=16, epochs=30, validation_split=0.2, callbacks=[stopping], verbose=0)
//       ...
//   model.save("wine.keras")
//   loaded = keras.models.load_model("wine.keras")
//   print(loaded.predict(x[:3], verbose=0))
#include <iostream>
#include <string>
#include <utility>
#include <vector>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/table.hpp"

using namespace xtape;

namespace {

Sequential build(const regularizers::Regularizer& penalty) {
  // 2. The model.
  Sequential model{
      layers::Dense(64, {.activation = "relu", .kernel_regularizer = penalty, .input_shape = {13}}),
      layers::Dense(32, {.activation = "relu", .kernel_regularizer = penalty}),
      layers::Dense(3, {.activation = "softmax"}),
  };
  // 3. The loss, 4. the optimizer.
  model.compile({.optimizer = "adam", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  return model;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 30, .batch_size = 16});
  const std::string folder = arguments.data.empty() ? XTAPE_EXAMPLES "/data/wine" : arguments.data;

  // 1. Data: in a random order, each column with mean 0 and variance 1, one-hot labels.
  const auto [features, labels] = examples::read_table(folder + "/wine.csv");
  const Tensor order = randperm(features.shape(0));
  const Tensor y = utils::to_categorical(take(labels, order), 3);
  preprocessing::StandardScaler scaler;
  const Tensor x = scaler.fit_transform(take(features, order));

  const std::vector<std::pair<std::string, regularizers::Regularizer>> penalties{
      {"no penalty", {}}, {"L1", regularizers::L1(0.001)}, {"L2", regularizers::L2(0.001)}};
  Sequential best;
  double best_loss = 0;
  for (const auto& [name, penalty] : penalties) {
    const Sequential model = build(penalty);
    // 5. Training, until the validation gets no better.
    const callbacks::EarlyStopping stopping({.patience = 5, .restore_best_weights = true});
    const History history = model.fit(x, y,
                                      {.batch_size = arguments.batch_size,
                                       .epochs = arguments.epochs,
                                       .verbose = arguments.verbose,
                                       .callbacks = {stopping},
                                       .validation_split = 0.2});
    // 6. How good it is: the loss counts the penalty, which no other model has to pay, the accuracy does not.
    const auto [loss, accuracy] = model.evaluate(x, y, {.verbose = 0});
    std::cout << name << ": " << history.epoch().size() << " epochs, accuracy " << accuracy << ", validation loss "
              << stopping.best() << '\n';
    if (best.layers().empty() || stopping.best() < best_loss) {
      best = model;
      best_loss = stopping.best();
    }
  }

  // 7. In use: as another program would load it.
  best.save(arguments.output + "/wine.keras");
  const Model loaded = load_model(arguments.output + "/wine.keras");
  std::cout << "Probabilities of the first three wines:\n"
            << loaded.predict(x.slice(0, {0, 3}), {.verbose = 0})
            << "\nof which kinds they are: " << argmax(y.slice(0, {0, 3}), 1) << '\n';
}
