// Which samples pull hardest at a model? Ten wines get a wrong label; after training, the samples with the largest
// gradients of their own are looked at. One call gives the gradients of all samples (vmap), where a loop would run the
// model 178 times.
//
//   a variable's gradients: [178, 13, 32]
//   a variable's gradients: [178, 32]
//   a variable's gradients: [178, 32, 3]
//   a variable's gradients: [178, 3]
//   samples with the largest gradients:
//     sample 155, norm 9.08582, wrong label
//     sample 99, norm 8.65202, wrong label
//     sample 169, norm 7.69592, wrong label
//     sample 124, norm 7.29908, wrong label
//     sample 1, norm 6.88047, wrong label
//     sample 95, norm 6.85013
//     sample 101, norm 6.70825, wrong label
//     sample 118, norm 6.16879
//     sample 54, norm 5.47587, wrong label
//     sample 121, norm 5.25114
//   7 of 10 wrong labels are among them
#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "common/command_line.hpp"
#include "common/table.hpp"

using namespace xtape;

int main(int argc, char** argv) {
  const auto arguments = examples::parse_command_line(argc, argv, {.epochs = 15, .batch_size = 16});
  const std::string folder = arguments.data.empty() ? XTAPE_EXAMPLES "/data/wine" : arguments.data;
  set_random_seed(1);
  const auto [features, labels] = examples::read_table(folder + "/wine.csv");
  preprocessing::StandardScaler scaler;
  const Tensor x = scaler.fit_transform(features), y = labels.clone();

  const int64_t wrong_count = 10;
  std::set<int64_t> wrong;
  for (const int64_t i : randperm(x.shape(0)).slice(0, {0, wrong_count}).to_vector<int64_t>()) {
    wrong.insert(i);
    y[i].assign((y[i] + 1) - 3 * (y[i] == 2).astype(int64));
  }

  Sequential model{layers::Dense(32, {.activation = "relu", .input_shape = {13}}),
                   layers::Dense(3, {.activation = "softmax"})};
  const losses::SparseCategoricalCrossentropy loss;
  model.compile({.optimizer = "adam", .loss = loss, .metrics = {"accuracy"}});
  model.fit(x, y, {.batch_size = arguments.batch_size, .epochs = arguments.epochs, .verbose = 0});

  const std::vector<Tensor> gradients = models::per_example_gradients(model, loss, x, y);
  Tensor squares = zeros({x.shape(0)});
  for (const Tensor& gradient : gradients) {
    std::cout << "a variable's gradients: " << gradient.shape() << '\n';
    squares += sum(square(gradient.flatten(1)), 1);
  }
  std::vector<double> norms = sqrt(squares).to_vector<double>();

  std::cout << "samples with the largest gradients:\n";
  int found = 0;
  for (int64_t rank = 0; rank < wrong_count; ++rank) {
    const auto largest = std::max_element(norms.begin(), norms.end());
    const int64_t i = largest - norms.begin();
    std::cout << "  sample " << i << ", norm " << *largest << (wrong.contains(i) ? ", wrong label" : "") << '\n';
    found += wrong.contains(i);
    *largest = 0;
  }
  std::cout << found << " of " << wrong_count << " wrong labels are among them\n";
}
