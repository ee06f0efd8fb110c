#include <cmath>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

// Ops that are whole layers, against their definitions written with elementary ops.
namespace xtape::test {
namespace {

Tensor normalized(const Tensor& x, const Axes& axes, double epsilon) {
  return (x - mean(x, axes, true)) / sqrt(var(x, axes, true) + epsilon);
}

OpCase layer_norm_row() {
  OpCase result{"layer_norm", {}};
  auto add = [&](const std::string& description, const Shape& shape, double epsilon, const UnaryOp& view) {
    const int64_t length = view(zeros(shape)).shape(-1);
    result.samples.push_back(
        {description,
         [=](const Tensors& x) -> Tensors { return {layer_norm(view(x[0]), x[1], x[2], epsilon)}; },
         {sample(shape, {}, 1), sample({length}, {0.5, 2}, 2), sample({length}, {}, 3)},
         [=](const Tensors& x) -> Tensors { return {normalized(view(x[0]), -1, epsilon) * x[1] + x[2]}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add("matrix", {4, 5}, 1e-3, same);
  add("3-d, other epsilon", {2, 3, 4}, 0.1, same);
  add("transposed", {5, 3}, 1e-3, [](const Tensor& x) { return x.transpose(); });
  add("large", {70, 67}, 1e-3, same);
  result.samples.back().gradcheck = false;
  result.samples.push_back({"neither gamma nor beta",
                            [](const Tensors& x) -> Tensors { return {layer_norm(x[0], {}, {})}; },
                            {sample({4, 5})},
                            [](const Tensors& x) -> Tensors { return {normalized(x[0], -1, 1e-3)}; }});
  result.samples.push_back({"beta only",
                            [](const Tensors& x) -> Tensors { return {layer_norm(x[0], {}, x[1])}; },
                            {sample({4, 5}), sample({5}, {}, 2)},
                            [](const Tensors& x) -> Tensors { return {normalized(x[0], -1, 1e-3) + x[1]}; }});
  return result;
}

OpCase batch_norm_row() {
  OpCase result{"batch_norm", {}};
  auto add = [&](const std::string& description, const Shape& shape, const UnaryOp& view) {
    const int channels = static_cast<int>(view(zeros(shape)).shape(-1));
    const Tensor gamma = sample({channels}, {0.5, 2}, 2), beta = sample({channels}, {}, 3);
    result.samples.push_back({description + ", training",
                              [=](const Tensors& x) -> Tensors { return {batch_norm(view(x[0]), x[1], x[2], 1e-2).y}; },
                              {sample(shape, {}, 1), gamma, beta},
                              [=](const Tensors& x) -> Tensors {
                                const Tensor seen = view(x[0]);
                                std::vector<int> axes;
                                for (int axis = 0; axis + 1 < seen.rank(); ++axis) axes.push_back(axis);
                                return {normalized(seen, axes, 1e-2) * x[1] + x[2]};
                              }});
    result.samples.push_back(
        {description + ", inference",
         [=](const Tensors& x) -> Tensors { return {batch_norm(view(x[0]), x[1], x[2], x[3], x[4], 1e-2)}; },
         {sample(shape, {}, 1), gamma, beta, sample({channels}, {}, 4), sample({channels}, {0.5, 2}, 5)},
         [=](const Tensors& x) -> Tensors { return {(view(x[0]) - x[3]) / sqrt(x[4] + 1e-2) * x[1] + x[2]}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  add("matrix", {5, 3}, same);
  add("images", {2, 2, 3, 2}, same);
  add("channels first, permuted", {2, 2, 3, 2}, [](const Tensor& x) { return x.permute({0, 2, 3, 1}); });
  for (const char* activation : {"relu", "sigmoid", "tanh"}) {
    const auto apply = [=](const Tensor& x) {
      const std::string name = activation;
      return name == "relu" ? relu(x) : name == "tanh" ? tanh(x) : sigmoid(x);
    };
    result.samples.push_back(
        {std::string(activation) + ", training",
         [=](const Tensors& x) -> Tensors { return {batch_norm(x[0], x[1], x[2], 1e-2, activation).y}; },
         {sample({3, 2, 5}, {}, 1), sample({5}, {0.5, 2}, 2), sample({5}, {}, 3)},
         [=](const Tensors& x) -> Tensors {
           return {apply(normalized(x[0], {0, 1}, 1e-2) * x[1] + x[2])};
         }});
    result.samples.push_back(
        {std::string(activation) + ", inference",
         [=](const Tensors& x) -> Tensors { return {batch_norm(x[0], {}, {}, x[1], x[2], 1e-2, activation)}; },
         {sample({4, 3}, {}, 1), sample({3}, {}, 4), sample({3}, {0.5, 2}, 5)},
         [=](const Tensors& x) -> Tensors { return {apply((x[0] - x[1]) / sqrt(x[2] + 1e-2))}; }});
  }
  result.samples.push_back({"neither gamma nor beta",
                            [](const Tensors& x) -> Tensors { return {batch_norm(x[0], {}, {}).y}; },
                            {sample({4, 3})},
                            [](const Tensors& x) -> Tensors { return {normalized(x[0], 0, 1e-3)}; }});
  return result;
}

OpCase attention_row() {
  OpCase result{"scaled_dot_product_attention", {}};
  auto add = [&](const std::string& description, const Shape& query, const Shape& key, const Shape& value,
                 const Tensor& mask, double scale) {
    result.samples.push_back(
        {description,
         [=](const Tensors& x) -> Tensors { return {scaled_dot_product_attention(x[0], x[1], x[2], mask, scale)}; },
         {sample(query, {}, 1), sample(key, {}, 2), sample(value, {}, 3)},
         [=](const Tensors& x) -> Tensors {
           const double factor = scale == 0 ? 1 / std::sqrt(static_cast<double>(x[0].shape(-1))) : scale;
           const Tensor scores = matmul(x[0], x[1].transpose(-2, -1)) * factor;
           if (!mask.defined()) return {matmul(softmax(scores), x[2])};
           // A query that sees nothing gets zeros.
           return {matmul(where(mask, softmax(where(mask, scores, -1e9)), 0), x[2])};
         }});
  };
  add("one sequence", {3, 2}, {4, 2}, {4, 3}, {}, 0);
  add("keys for all", {2, 3, 2}, {1, 4, 2}, {1, 4, 3}, {}, 0);
  add("a query that sees nothing", {2, 2}, {2, 2}, {2, 1}, tensor({{true, true}, {false, false}}), 0);
  add("a mask of each head", {2, 2, 3, 2}, {2, 2, 2, 2}, {2, 2, 2, 2},
      tensor({true, false, true, true, true, true, false, true, true, true, true, true}).reshape({2, 3, 2}), 0);
  add("heads", {2, 2, 3, 2}, {2, 2, 4, 2}, {2, 2, 4, 2}, {}, 0.3);
  add("masked", {2, 3, 2}, {2, 3, 2}, {2, 3, 2},
      tensor({{true, false, false}, {true, true, false}, {true, true, true}}), 0);
  // Heads side by side, as projections leave them, and rows that are not dense.
  const auto heads_last = [](const Tensor& x) { return x.transpose(1, 2); };
  result.samples.push_back(
      {"views",
       [=](const Tensors& x) -> Tensors {
         return {scaled_dot_product_attention(heads_last(x[0]), heads_last(x[1]), x[2].transpose(-2, -1))};
       },
       {sample({2, 3, 2, 4}, {}, 1), sample({2, 5, 2, 4}, {}, 2), sample({2, 2, 3, 5}, {}, 3)},
       [=](const Tensors& x) -> Tensors {
         const Tensor scores = matmul(heads_last(x[0]), heads_last(x[1]).transpose(-2, -1)) * 0.5;
         return {matmul(softmax(scores), x[2].transpose(-2, -1))};
       }});
  return result;
}

}  // namespace

std::vector<OpCase> layer_cases() { return {layer_norm_row(), batch_norm_row(), attention_row()}; }

}  // namespace xtape::test
