#include <algorithm>
#include <cmath>
#include <xtape/random.hpp>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

using Values = std::vector<double>;

// `function` applied to the elements along one axis, which keeps its length.
Tensor map_rows(const Tensor& x, int axis, const std::function<Values(const Values&)>& function) {
  const Tensor moved = x.transpose(axis, -1).contiguous();
  Values result;
  const Values elements = moved.to_vector<double>();
  const std::size_t length = static_cast<std::size_t>(moved.shape(-1));
  for (std::size_t begin = 0; begin < elements.size(); begin += length) {
    const Values row = function(Values(elements.begin() + static_cast<std::ptrdiff_t>(begin),
                                       elements.begin() + static_cast<std::ptrdiff_t>(begin + length)));
    result.insert(result.end(), row.begin(), row.end());
  }
  return from_data(result.data(), moved.shape()).transpose(axis, -1);
}

Values softmax_of(const Values& row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (double x : row) total += std::exp(x - largest);
  Values result;
  for (double x : row) result.push_back(std::exp(x - largest) / total);
  return result;
}

Values log_softmax_of(const Values& row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double total = 0;
  for (double x : row) total += std::exp(x - largest);
  Values result;
  for (double x : row) result.push_back(x - largest - std::log(total));
  return result;
}

// max(x - t, 0), t by bisection.
Values sparsemax_of(const Values& row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double low = largest - 1, high = largest;
  Values result(row.size());
  for (int step = 0; step < 200; ++step) {
    const double t = (low + high) / 2;
    double total = 0;
    for (std::size_t i = 0; i < row.size(); ++i) total += result[i] = std::max(row[i] - t, 0.0);
    (total > 1 ? low : high) = t;
  }
  return result;
}

OpCase softmax_row(const char* op, Tensor (*function)(const Tensor&, Axis), Values (*reference)(const Values&),
                   const Domain& domain = {-3, 3}) {
  OpCase result{op, {}};
  auto add = [&](const Shape& shape, int axis, const UnaryOp& view) {
    result.samples.push_back({"axis " + std::to_string(axis) + " of " + shape.str(),
                              [=](const Tensors& x) -> Tensors { return {function(view(x[0]), axis)}; },
                              {sample(shape, domain)},
                              [=](const Tensors& x) -> Tensors { return {map_rows(view(x[0]), axis, reference)}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add({3, 4}, -1, same);
  add({3, 4}, 0, same);
  add({2, 3, 4}, 1, same);
  add({5}, 0, same);
  add({0, 3}, -1, same);
  add({4, 3}, -1, [](const Tensor& x) { return x.transpose(); });
  add({4, 6}, -1, [](const Tensor& x) { return x.slice(1, {.step = 2}); });
  add({130, 77}, -1, same);
  result.samples.back().gradcheck = false;
  add({130, 10}, -1, same);
  result.samples.back().gradcheck = false;
  // Rows of one element are constant.
  add({3, 1}, -1, same);
  result.samples.back().zero_gradient = true;
  return result;
}

// Rows of non-negative numbers that sum to 1.
Tensor distribution(const Shape& shape, uint64_t seed) {
  return map_rows(sample(shape, {-1, 1}, seed), -1, softmax_of);
}

Tensor one_hot_labels(const Shape& rows, int64_t classes) {
  Values labels;
  for (int64_t i = 0; i < rows.numel(); ++i) labels.push_back(static_cast<double>((i * 7 + 1) % classes));
  return from_data(labels.data(), rows).astype(int64);
}

// -sum(target * log(p)) of each row, from logits or probabilities.
Tensor cross_entropy(const Tensor& target, const Tensor& x, bool logits) {
  const Tensor logarithms = map_rows(x, -1, [=](const Values& row) {
    if (logits) return log_softmax_of(row);
    double total = 0;
    for (double p : row) total += p;
    Values result;
    for (double p : row) result.push_back(std::log(std::clamp(p / total, 1e-7, 1 - 1e-7)));
    return result;
  });
  return reduce_elements(map_elements({target, logarithms}, [](const auto& v) { return -v[0] * v[1]; }), -1, false,
                         [](const Values& v) {
                           double sum = 0;
                           for (double each : v) sum += each;
                           return sum;
                         });
}

// Targets are data: they come first in the call, and last in the sample, detached from the gradient.
OpCase categorical_row(const char* op, Tensor (*function)(const Tensor&, const Tensor&), bool logits, bool sparse) {
  OpCase result{op, {}};
  auto add = [&](const char* description, const Shape& shape, const UnaryOp& view) {
    const Shape viewed = view(zeros(shape)).shape();
    const Shape rows(viewed.begin(), viewed.end() - 1);
    const Tensor labels = one_hot_labels(rows, viewed.back());
    Tensors inputs{logits ? sample(shape, {-3, 3}) : sample(shape, {0.1, 1})};
    if (sparse) inputs.push_back(labels);
    auto target_of = [sparse, target = distribution(viewed, 9)](const Tensors& x) {
      return sparse ? x[1] : target.astype(x[0].dtype());
    };
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {function(target_of(x), view(x[0]))}; }, inputs,
                              [=](const Tensors& x) -> Tensors {
                                const Tensor target = sparse ? one_hot(x[1], viewed.back(), float64) : target_of(x);
                                return {cross_entropy(target, view(x[0]), logits)};
                              }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add("matrix", {4, 3}, same);
  add("3-d", {2, 3, 4}, same);
  add("one row", {1, 5}, same);
  add("no rows", {0, 3}, same);
  add("transposed", {3, 4}, [](const Tensor& x) { return x.transpose(); });
  add("large", {140, 37}, same);
  result.samples.back().gradcheck = false;
  if (sparse) {
    result.samples.push_back({"labels with an axis of length 1",
                              [=](const Tensors& x) -> Tensors { return {function(x[1], x[0])}; },
                              {sample({3, 4}, {0.1, 1}), tensor({{3}, {0}, {1}})}});
    result.samples.push_back({"int32 labels",
                              [=](const Tensors& x) -> Tensors { return {function(x[1], x[0])}; },
                              {sample({3, 4}, {0.1, 1}), tensor({3, 0, 1}, int32)}});
  }
  if (!logits) {
    // Computed from the logits behind the probabilities.
    Tensors inputs{sample({4, 3}, {-3, 3})};
    if (sparse) inputs.push_back(one_hot_labels({4}, 3));
    auto target_of = [sparse, target = distribution({4, 3}, 9)](const Tensors& x) {
      return sparse ? x[1] : target.astype(x[0].dtype());
    };
    result.samples.push_back(
        {"of a softmax", [=](const Tensors& x) -> Tensors { return {function(target_of(x), softmax(x[0]))}; }, inputs,
         [=](const Tensors& x) -> Tensors {
           return {cross_entropy(sparse ? one_hot(x[1], 3, float64) : target_of(x), x[0], true)};
         }});
  }
  return result;
}

OpCase binary_row(const char* op, Tensor (*function)(const Tensor&, const Tensor&), bool logits) {
  OpCase result{op, {}};
  auto value = [=](double t, double x) {
    if (logits) return std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::abs(x)));
    return -(t * std::log(x) + (1 - t) * std::log(1 - x));
  };
  auto add = [&](const char* description, const Shape& shape, const UnaryOp& view) {
    auto target_of = [=](const Tensor& x) { return sample(x.shape(), {0, 1}, 9).astype(x.dtype()); };
    result.samples.push_back(
        {description,
         [=](const Tensors& x) -> Tensors { return {function(target_of(view(x[0])), view(x[0]))}; },
         {logits ? sample(shape, {-5, 5, {0}}) : sample(shape, {0.05, 0.95})},
         [=](const Tensors& x) -> Tensors {
           return {map_elements({target_of(view(x[0])), view(x[0])}, [&](const auto& v) { return value(v[0], v[1]); })};
         }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add("matrix", {4, 3}, same);
  add("vector", {5}, same);
  add("no elements", {0, 1}, same);
  add("transposed", {3, 4}, [](const Tensor& x) { return x.transpose(); });
  add("large", {140, 37}, same);
  result.samples.back().gradcheck = false;
  if (!logits) {
    auto target_of = [=](const Tensor& x) { return sample(x.shape(), {0, 1}, 9).astype(x.dtype()); };
    result.samples.push_back({"of a sigmoid",
                              [=](const Tensors& x) -> Tensors { return {function(target_of(x[0]), sigmoid(x[0]))}; },
                              {sample({4, 3}, {-5, 5})},
                              [=](const Tensors& x) -> Tensors {
                                return {map_elements({target_of(x[0]), x[0]}, [](const auto& v) {
                                  return std::max(v[1], 0.0) - v[1] * v[0] + std::log1p(std::exp(-std::abs(v[1])));
                                })};
                              }});
  }
  return result;
}

// What a sequence of classes spells: runs of a class as one, without blanks.
std::vector<int64_t> spelled(const std::vector<int64_t>& path, int64_t blank) {
  std::vector<int64_t> labels;
  for (std::size_t t = 0; t < path.size(); ++t) {
    if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
  }
  return labels;
}

// -log of the sum of the probabilities of all sequences that spell the target, one by one.
Tensor ctc_of_all_paths(const Tensor& output, const Tensor& target, const Tensor& target_length,
                        const Tensor& output_length, int64_t blank) {
  const Tensor rows = map_rows(output, -1, log_softmax_of);
  Values losses;
  for (int64_t b = 0; b < rows.shape(0); ++b) {
    std::vector<int64_t> labels = target[b].to_vector<int64_t>();
    labels.resize(static_cast<std::size_t>(target_length[b].item<int64_t>()));
    const int64_t steps = output_length[b].item<int64_t>(), classes = rows.shape(2);
    const Values logarithms = rows[b].contiguous().to_vector<double>();
    std::vector<int64_t> path(static_cast<std::size_t>(steps));
    double total = 0;
    for (int64_t number = 0; number < std::pow(classes, steps); ++number) {
      double logarithm = 0;
      for (int64_t t = 0, rest = number; t < steps; ++t, rest /= classes) {
        path[static_cast<std::size_t>(t)] = rest % classes;
        logarithm += logarithms[static_cast<std::size_t>(t * classes + rest % classes)];
      }
      if (spelled(path, blank) == labels) total += std::exp(logarithm);
    }
    losses.push_back(-std::log(total));
  }
  return from_data(losses.data(), {rows.shape(0)});
}

OpCase ctc_row() {
  OpCase result{"ctc_loss", {}};
  auto add = [&](const char* description, const Shape& output, const Tensor& target, const Tensor& target_length,
                 const Tensor& output_length, int64_t blank, const UnaryOp& view) {
    result.samples.push_back(
        {description,
         [=](const Tensors& x) -> Tensors { return {ctc_loss(x[1], view(x[0]), x[2], x[3], blank)}; },
         {sample(output, {-2, 2}), target, target_length, output_length},
         [=](const Tensors& x) -> Tensors { return {ctc_of_all_paths(view(x[0]), x[1], x[2], x[3], blank)}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  // No label is the blank, though not all count: examples of vmap exchange lengths and targets.
  const auto lengths = [](const std::vector<int64_t>& values) { return tensor(values); };
  add("lengths", {2, 5, 3}, tensor({{1, 2, 1}, {2, 1, 1}}), lengths({3, 1}), lengths({5, 4}), 0, same);
  add("equal labels", {2, 5, 3}, tensor({{1, 1}, {2, 2}}), lengths({2, 2}), lengths({3, 5}), 0, same);
  add("no labels", {2, 4, 3}, zeros({2, 0}, int64), lengths({0, 0}), lengths({4, 2}), 0, same);
  add("one label of two", {2, 4, 3}, tensor({{1, 2}, {2, 1}}), lengths({1, 0}), lengths({4, 3}), 0, same);
  add("another blank", {2, 4, 4}, tensor({{0, 1}, {1, 1}}), lengths({2, 2}), lengths({4, 4}), 3, same);
  add("one step", {1, 1, 3}, tensor({{2}}), lengths({1}), lengths({1}), 0, same);
  add("no samples", {0, 3, 2}, zeros({0, 2}, int64), zeros({0}, int64), zeros({0}, int64), 0, same);
  add("time first", {4, 2, 3}, tensor({{1, 2}, {2, 1}}), lengths({2, 1}), lengths({4, 4}), 0,
      [](const Tensor& x) { return x.transpose(0, 1); });
  const Tensor long_target = one_hot_labels({5, 9}, 11) + 1;
  result.samples.push_back(
      {"large",
       [=](const Tensors& x) -> Tensors { return {ctc_loss(x[1], x[0], x[2], x[3])}; },
       {sample({5, 60, 12}, {-4, 4}), long_target, lengths({9, 4, 9, 1, 7}), lengths({60, 60, 40, 60, 31})}});
  result.samples.back().gradcheck = false;
  return result;
}

OpCase dropout_row() {
  OpCase result{"dropout", {}};
  for (const Shape& shape : {Shape{6, 5}, Shape{0, 3}, Shape{2, 3, 4}}) {
    // The same elements are dropped in every evaluation.
    result.samples.push_back({shape.str(),
                              [](const Tensors& x) -> Tensors {
                                set_random_seed(7);
                                return {dropout(x[0], 0.4)};
                              },
                              {sample(shape)}});
  }
  result.samples.push_back({"rate 0",
                            [](const Tensors& x) -> Tensors { return {dropout(x[0], 0)}; },
                            {sample({3, 4})},
                            [](const Tensors& x) -> Tensors { return x; }});
  return result;
}

}  // namespace

std::vector<OpCase> probability_cases() {
  return {
      softmax_row("softmax", softmax, softmax_of),
      softmax_row("log_softmax", log_softmax, log_softmax_of),
      // Near enough that several elements of a row are positive.
      softmax_row("sparsemax", sparsemax, sparsemax_of, {-0.8, 0.8}),
      categorical_row("categorical_crossentropy_from_logits", categorical_crossentropy_from_logits, true, false),
      categorical_row("categorical_crossentropy", categorical_crossentropy, false, false),
      categorical_row("sparse_categorical_crossentropy_from_logits", sparse_categorical_crossentropy_from_logits, true,
                      true),
      categorical_row("sparse_categorical_crossentropy", sparse_categorical_crossentropy, false, true),
      binary_row("binary_crossentropy_from_logits", binary_crossentropy_from_logits, true),
      binary_row("binary_crossentropy", binary_crossentropy, false),
      ctc_row(),
      dropout_row(),
  };
}

}  // namespace xtape::test
