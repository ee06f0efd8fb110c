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
  // Over other axes: parameters have their lengths, in ascending order.
  const auto over = [&](const Shape& shape, const std::vector<int>& axes, const Shape& parameters,
                        const Shape& spread) {
    result.samples.push_back({"over axes of " + shape.str(),
                              [=](const Tensors& x) -> Tensors { return {layer_norm(x[0], x[1], x[2], 1e-2, axes)}; },
                              {sample(shape, {}, 1), sample(parameters, {0.5, 2}, 2), sample(parameters, {}, 3)},
                              [=](const Tensors& x) -> Tensors {
                                return {normalized(x[0], axes, 1e-2) * x[1].reshape(spread) + x[2].reshape(spread)};
                              }});
  };
  over({2, 3, 4}, {1, 2}, {3, 4}, {3, 4});
  over({2, 3, 4}, {2, 0}, {2, 4}, {2, 1, 4});
  over({2, 3, 2}, {1}, {3}, {3, 1});
  return result;
}

OpCase group_norm_row() {
  OpCase result{"group_norm", {}};
  const auto add = [&](const Shape& shape, int64_t groups) {
    const int64_t channels = shape.back();
    result.samples.push_back({shape.str() + " in " + std::to_string(groups) + " groups",
                              [=](const Tensors& x) -> Tensors { return {group_norm(x[0], x[1], x[2], groups, 1e-2)}; },
                              {sample(shape, {}, 1), sample({channels}, {0.5, 2}, 2), sample({channels}, {}, 3)},
                              [=](const Tensors& x) -> Tensors {
                                Tensors parts;
                                for (int64_t i = 0; i < groups; ++i) {
                                  const Slice part{i * (channels / groups), (i + 1) * (channels / groups)};
                                  std::vector<int> axes;
                                  for (int axis = 1; axis < shape.rank(); ++axis) axes.push_back(axis);
                                  parts.push_back(normalized(x[0].slice(-1, part), axes, 1e-2));
                                }
                                return {concatenate(parts, -1) * x[1] + x[2]};
                              }});
  };
  add({2, 3, 4}, 2);
  add({2, 2, 2, 6}, 3);
  add({2, 3, 4}, 1);
  add({3, 4}, 2);
  result.samples.push_back({"without parameters, a view",
                            [](const Tensors& x) -> Tensors { return {group_norm(x[0].transpose(1, 2), {}, {}, 1)}; },
                            {sample({2, 4, 3})},
                            [](const Tensors& x) -> Tensors {
                              return {normalized(x[0].transpose(1, 2), {1, 2}, 1e-3)};
                            }});
  return result;
}

OpCase rms_norm_row() {
  OpCase result{"rms_norm", {}};
  const auto add = [&](const Shape& shape, const std::vector<int>& axes, const Shape& parameters, const Shape& spread) {
    result.samples.push_back({shape.str(),
                              [=](const Tensors& x) -> Tensors { return {rms_norm(x[0], x[1], 1e-2, axes)}; },
                              {sample(shape, {}, 1), sample(parameters, {0.5, 2}, 2)},
                              [=](const Tensors& x) -> Tensors {
                                return {x[0] / sqrt(mean(x[0] * x[0], axes, true) + 1e-2) * x[1].reshape(spread)};
                              }});
  };
  add({3, 4}, {-1}, {4}, {4});
  add({2, 3, 4}, {1, 2}, {3, 4}, {3, 4});
  add({2, 3, 2}, {1}, {3}, {3, 1});
  result.samples.push_back(
      {"without gamma",
       [](const Tensors& x) -> Tensors { return {rms_norm(x[0], {})}; },
       {sample({3, 5})},
       [](const Tensors& x) -> Tensors { return {x[0] / sqrt(mean(x[0] * x[0], -1, true) + 1e-6)}; }});
  return result;
}

OpCase normalize_row() {
  OpCase result{"normalize", {}};
  const auto add = [&](const char* description, const UnaryOp& function, const UnaryOp& norm) {
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {function(x[0])}; },
                              {sample({3, 4})},
                              [=](const Tensors& x) -> Tensors { return {x[0] / norm(x[0])}; }});
  };
  add(
      "last axis", [](const Tensor& x) { return normalize(x); },
      [](const Tensor& x) { return sqrt(sum(x * x, -1, true)); });
  add(
      "all axes", [](const Tensor& x) { return normalize(x, Axes()); },
      [](const Tensor& x) { return sqrt(sum(x * x)); });
  add(
      "order 1", [](const Tensor& x) { return normalize(x, 0, 1); },
      [](const Tensor& x) { return sum(abs(x), 0, true); });
  add(
      "order 3", [](const Tensor& x) { return normalize(x, 0, 3); },
      [](const Tensor& x) { return power(sum(power(abs(x), 3), 0, true), 1.0 / 3); });
  add(
      "order infinity", [](const Tensor& x) { return normalize(x, 0, INFINITY); },
      [](const Tensor& x) { return max(abs(x), 0, true); });
  return result;
}

OpCase masked_batch_norm_row() {
  OpCase result{"masked_batch_norm", {}};
  const auto add = [&](const Shape& shape, const Tensor& mask) {
    const int64_t channels = shape.back();
    result.samples.push_back(
        {shape.str(),
         [=](const Tensors& x) -> Tensors { return {masked_batch_norm(x[0], x[1], x[2], mask, 1e-2).y}; },
         {sample(shape, {}, 1), sample({channels}, {0.5, 2}, 2), sample({channels}, {}, 3)},
         [=](const Tensors& x) -> Tensors {
           // The places that count, one below the other.
           const Tensor rows = x[0].reshape({-1, channels});
           Tensors counted;
           const std::vector<double> counts = mask.to_vector<double>();
           for (std::size_t i = 0; i < counts.size(); ++i) {
             if (counts[i] != 0) counted.push_back(rows.select(0, i));
           }
           const double n = static_cast<double>(counted.size()), all = n + 1e-7;
           const Tensor some = stack(counted), middle = sum(some, 0) / all;
           const Tensor variance = sum(square(some - middle), 0) / all;
           return {(x[0] - middle) / sqrt(variance + 1e-2) * x[1] + x[2]};
         }});
  };
  add({2, 3, 2}, tensor({{true, true, false}, {true, false, false}}));
  add({4, 2}, tensor({1, 0, 2, 1}));
  return result;
}

OpCase spectral_norm_row() {
  OpCase result{"spectral_norm", {}};
  for (const int64_t iterations : {1, 3}) {
    for (const Shape& shape : {Shape{4, 3}, Shape{2, 2, 3}}) {
      const Tensor first = sample({1, 3}, {0.2, 1}, 9);
      // The vectors at the sample's own kernel: they are no part of the derivative.
      const Tensor kernel = sample(shape);
      const auto vectors = [=](const Tensor& w) {
        const Tensor matrix = w.reshape({-1, 3});
        Tensor v = first.astype(w.dtype()), u;
        for (int64_t i = 0; i < iterations; ++i) {
          u = matmul(v, matrix.transpose());
          u = u / sqrt(sum(u * u));
          v = matmul(u, matrix);
          v = v / sqrt(sum(v * v));
        }
        return Tensors{u, v};
      };
      result.samples.push_back(
          {shape.str() + ", " + std::to_string(iterations) + " iterations",
           [=](const Tensors& x) -> Tensors {
             return {spectral_norm(x[0], first.astype(x[0].dtype()), iterations).kernel};
           },
           {kernel},
           [=](const Tensors& x) -> Tensors {
             const Tensors found = vectors(x[0]);
             const Tensor sigma = matmul(matmul(found[0], x[0].reshape({-1, 3})), found[1].transpose());
             return {x[0] / sigma.reshape({})};
           }});
      // Finite differences move the vectors too.
      result.samples.back().gradcheck = false;
    }
  }
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

// softmax(scores) value, a query that sees nothing gets zeros.
Tensors attended(const Tensor& scores, const Tensor& value, const Tensor& mask) {
  const Tensor weights = mask.defined() ? where(mask, softmax(where(mask, scores, -1e9)), 0) : softmax(scores);
  return {matmul(weights, value), weights};
}

Tensor mask_of_three() { return tensor({{true, false, false}, {true, true, false}, {true, true, true}}); }

OpCase attend_row() {
  OpCase result{"attend", {}};
  for (const Tensor& mask :
       {Tensor(), mask_of_three(), tensor({{true, true, false}, {false, false, false}, {true, false, true}})}) {
    result.samples.push_back({mask.defined() ? "with a mask" : "without a mask",
                              [=](const Tensors& x) -> Tensors {
                                const AttentionResult all = attend(x[0], x[1], mask);
                                return {all.y, all.scores};
                              },
                              {sample({2, 3, 3}, {}, 1), sample({2, 3, 2}, {}, 2)},
                              [=](const Tensors& x) -> Tensors { return attended(x[0], x[1], mask); }});
  }
  return result;
}

OpCase attention_with_scores_row() {
  OpCase result{"attention_with_scores", {}};
  for (const double scale : {0.0, 0.3}) {
    result.samples.push_back({scale == 0 ? "default scale" : "own scale",
                              [=](const Tensors& x) -> Tensors {
                                const AttentionResult all =
                                    attention_with_scores(x[0], x[1], x[2], mask_of_three(), scale);
                                return {all.y, all.scores};
                              },
                              {sample({2, 3, 4}, {}, 1), sample({2, 3, 4}, {}, 2), sample({2, 3, 2}, {}, 3)},
                              [=](const Tensors& x) -> Tensors {
                                const Tensor scores = matmul(x[0], x[1].transpose(-2, -1)) * (scale == 0 ? 0.5 : scale);
                                return attended(scores, x[2], mask_of_three());
                              }});
  }
  return result;
}

// Keys and values of each group side by side.
Tensor repeated_heads(const Tensor& x, int64_t groups) {
  Tensors heads;
  for (int64_t head = 0; head < x.shape(-3); ++head) {
    for (int64_t i = 0; i < groups; ++i) heads.push_back(x.select(-3, head));
  }
  return stack(heads, -3);
}

OpCase grouped_query_attention_row(bool with_scores) {
  OpCase result{with_scores ? "grouped_query_attention_with_scores" : "grouped_query_attention", {}};
  const Tensor of_heads = stack({mask_of_three(), mask_of_three(), logical_not(mask_of_three()), mask_of_three()});
  for (const Tensor& mask : {Tensor(), mask_of_three(), of_heads}) {
    for (const int64_t key_heads : {1, 2, 4}) {
      result.samples.push_back(
          {std::to_string(key_heads) + " heads of keys" + (mask.defined() ? ", a mask " + mask.shape().str() : ""),
           [=](const Tensors& x) -> Tensors {
             if (!with_scores) return {grouped_query_attention(x[0], x[1], x[2], mask)};
             const AttentionResult all = grouped_query_attention_with_scores(x[0], x[1], x[2], mask);
             return {all.y, all.scores};
           },
           {sample({2, 4, 3, 2}, {}, 1), sample({2, key_heads, 3, 2}, {}, 2), sample({2, key_heads, 3, 2}, {}, 3)},
           [=](const Tensors& x) -> Tensors {
             const Tensor key = repeated_heads(x[1], 4 / key_heads), value = repeated_heads(x[2], 4 / key_heads);
             const Tensors all = attended(matmul(x[0], key.transpose(-2, -1)) / std::sqrt(2.0), value, mask);
             return with_scores ? all : Tensors{all[0]};
           }});
    }
  }
  return result;
}

OpCase additive_attention_scores_row() {
  OpCase result{"additive_attention_scores", {}};
  const auto pairs = [](const Tensor& query, const Tensor& key) {
    Tensors rows;
    for (int64_t i = 0; i < query.shape(-2); ++i) rows.push_back(tanh(query.slice(-2, {i, i + 1}) + key));
    return stack(rows, -3);
  };
  const Tensors inputs{sample({2, 3, 4}, {}, 1), sample({2, 2, 4}, {}, 2)};
  const auto with = [&](const Tensor& scale) {
    Tensors all = inputs;
    all.push_back(scale);
    return all;
  };
  result.samples.push_back({"without scale",
                            [](const Tensors& x) -> Tensors { return {additive_attention_scores(x[0], x[1])}; }, inputs,
                            [=](const Tensors& x) -> Tensors { return {sum(pairs(x[0], x[1]), -1)}; }});
  for (const Tensor& scale : {sample({4}, {}, 3), sample({}, {0.5, 1}, 3)}) {
    result.samples.push_back({"scale " + scale.shape().str(),
                              [](const Tensors& x) -> Tensors { return {additive_attention_scores(x[0], x[1], x[2])}; },
                              with(scale),
                              [=](const Tensors& x) -> Tensors { return {sum(pairs(x[0], x[1]) * x[2], -1)}; }});
  }
  return result;
}

OpCase attention_mask_row() {
  OpCase result{"attention_mask", {}};
  result.differentiable = false;
  // Of masks as float64 samples: positive numbers count.
  const auto reference = [](const Tensors& x, bool causal) -> Tensors {
    std::vector<double> values;
    for (int64_t b = 0; b < 2; ++b) {
      for (int64_t q = 0; q < 3; ++q) {
        for (int64_t k = 0; k < 4; ++k) {
          const bool seen = x[0][{b, q}].item() > 0 && x[1][{b, k}].item() > 0 && x[2][{q, k}].item() > 0;
          values.push_back(seen && (!causal || k <= q));
        }
      }
    }
    return {from_data(values.data(), {2, 3, 4}).astype(bool_)};
  };
  for (const bool causal : {false, true}) {
    result.samples.push_back(
        {causal ? "causal" : "all",
         [=](const Tensors& x) -> Tensors {
           return {attention_mask({.query = x[0] > 0, .key = x[1] > 0, .attention = x[2] > 0, .causal = causal}, 3, 4)};
         },
         {sample({2, 3}, {-1, 2}, 1), sample({2, 4}, {-1, 2}, 2), sample({3, 4}, {-1, 2}, 3)},
         [=](const Tensors& x) -> Tensors { return reference(x, causal); }});
  }
  return result;
}

// What is drawn depends on the type, so that only what draws nothing of consequence is compared here; the rest is in
// tests/ops/noise.cpp.
OpCase noise_row(const char* op, Tensor (*function)(const Tensor&, double)) {
  OpCase result{op, {}};
  for (const Shape& shape : {Shape{3, 4}, Shape{0, 2}, Shape{}}) {
    result.samples.push_back({"no noise, " + shape.str(),
                              [=](const Tensors& x) -> Tensors { return {function(x[0], 0)}; },
                              {sample(shape)},
                              [](const Tensors& x) -> Tensors { return {x[0]}; }});
  }
  return result;
}

}  // namespace

std::vector<OpCase> layer_cases() {
  return {layer_norm_row(),
          group_norm_row(),
          rms_norm_row(),
          normalize_row(),
          batch_norm_row(),
          masked_batch_norm_row(),
          spectral_norm_row(),
          attention_row(),
          attend_row(),
          attention_with_scores_row(),
          grouped_query_attention_row(false),
          grouped_query_attention_row(true),
          additive_attention_scores_row(),
          attention_mask_row(),
          noise_row("gaussian_noise", gaussian_noise),
          noise_row("gaussian_dropout", gaussian_dropout),
          noise_row("alpha_dropout", alpha_dropout)};
}

}  // namespace xtape::test
