#include <algorithm>
#include <cmath>
#include <xtape/xtape.hpp>

#include "ops/sample_families.hpp"

namespace xtape::test {
namespace {

// The product of matrices [..., n, k] and [..., k, m] as a sum over broadcast elements, which shares nothing with
// the kernels but addition.
Tensor product_of_matrices(const Tensor& a, const Tensor& b) {
  const Tensor rows = a.expand_dims(-1);
  const Tensor columns = b.expand_dims(-3);
  const Tensor products = map_elements({rows, columns}, [](const auto& v) { return v[0] * v[1]; });
  return reduce_elements(products, -2, false, [](const std::vector<double>& v) {
    double sum = 0;
    for (double each : v) sum += each;
    return sum;
  });
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor result = product_of_matrices(a.rank() == 1 ? a.expand_dims(0) : a, b.rank() == 1 ? b.expand_dims(1) : b);
  if (b.rank() == 1) result = result.squeeze(-1);
  if (a.rank() == 1) result = result.squeeze(b.rank() == 1 ? -1 : -2);
  return result;
}

OpCase matmul_row() {
  OpCase result{"matmul", {}};
  auto add_views = [&](const std::string& description, const Shape& a, const Shape& b, const UnaryOp& view_a,
                       const UnaryOp& view_b) {
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {matmul(view_a(x[0]), view_b(x[1]))}; },
                              {sample(a, {}, 1), sample(b, {}, 2)},
                              [=](const Tensors& x) -> Tensors { return {product(view_a(x[0]), view_b(x[1]))}; }});
  };
  const UnaryOp same = [](const Tensor& x) { return x; };
  const UnaryOp transposed = [](const Tensor& x) { return x.transpose(-2, -1); };
  auto add = [&](const Shape& a, const Shape& b) { add_views(a.str() + " by " + b.str(), a, b, same, same); };
  add({3}, {3});
  add({2, 3}, {3});
  add({3}, {3, 2});
  add({2, 3}, {3, 4});
  add({1, 1}, {1, 1});
  add({1, 3}, {3, 1});
  add({3, 1}, {1, 2});
  add({2, 0}, {0, 3});
  add({0, 2}, {2, 3});
  add({2, 3, 4}, {2, 4, 2});
  add({2, 3, 4}, {4, 2});
  add({3, 4}, {2, 4, 2});
  add({2, 1, 2, 3}, {2, 3, 2});
  add({1, 2, 3}, {3, 3, 2});
  add({2, 2, 3}, {3});
  add({3}, {2, 3, 2});
  add_views("left transposed", {3, 2}, {3, 4}, transposed, same);
  add_views("right transposed", {2, 3}, {4, 3}, same, transposed);
  add_views("both transposed", {3, 2}, {4, 3}, transposed, transposed);
  add_views("stacks transposed", {2, 3, 2}, {2, 4, 3}, transposed, transposed);
  add_views(
      "sliced columns", {2, 6}, {3, 8}, [](const Tensor& x) { return x.slice(1, {.step = 2}); },
      [](const Tensor& x) { return x.slice(1, {.start = 1, .step = 3}); });
  add_views(
      "backwards", {2, 3}, {3, 2}, [](const Tensor& x) { return x.slice(0, {.step = -1}); },
      [](const Tensor& x) { return x.slice(0, {.step = -1}); });
  add_views(
      "expanded stack", {1, 2, 3}, {2, 3, 2},
      [](const Tensor& x) {
        return x.broadcast_to({2, 2, 3});
      },
      same);
  add_views(
      "expanded row", {1, 3}, {3, 2},
      [](const Tensor& x) {
        return x.broadcast_to({4, 3});
      },
      same);
  result.samples.push_back({"the same matrix twice",
                            [](const Tensors& x) -> Tensors { return {matmul(x[0], x[0])}; },
                            {sample({3, 3})},
                            [](const Tensors& x) -> Tensors { return {product(x[0], x[0])}; }});
  result.samples.push_back({"a matrix by its transpose",
                            [](const Tensors& x) -> Tensors { return {matmul(x[0], x[0].transpose())}; },
                            {sample({3, 2})},
                            [](const Tensors& x) -> Tensors { return {product(x[0], x[0].transpose())}; }});
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{65, 70}, {70, 33}}, {{5, 64, 16}, {16, 8}}, {{130, 3}, {3, 1}}}) {
    add(a, b);
    result.samples.back().gradcheck = false;
  }
  result.integers = Integers::unsupported;
  return result;
}

OpCase dense_row() {
  OpCase result{"dense", {}};
  struct Activation {
    const char* name;
    double (*value)(double);
  };
  for (const Activation& activation : {Activation{"linear", [](double x) { return x; }},
                                       {"relu", [](double x) { return std::max(x, 0.0); }},
                                       {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
                                       {"tanh", [](double x) { return std::tanh(x); }}}) {
    for (const Shape& shape : {Shape{4, 3}, Shape{2, 2, 3}, Shape{3}, Shape{0, 3}}) {
      result.samples.push_back({std::string(activation.name) + " of " + shape.str(),
                                [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], x[2], activation.name)}; },
                                {sample(shape, {}, 1), sample({3, 2}, {}, 2), sample({2}, {}, 3)},
                                [=](const Tensors& x) -> Tensors {
                                  return {map_elements({product(x[0], x[1]), x[2]},
                                                       [&](const auto& v) { return activation.value(v[0] + v[1]); })};
                                }});
    }
    result.samples.push_back(
        {std::string(activation.name) + " without bias",
         [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], Tensor(), activation.name)}; },
         {sample({4, 3}, {}, 1), sample({3, 2}, {}, 2)},
         [=](const Tensors& x) -> Tensors {
           return {map_elements({product(x[0], x[1])}, [&](const auto& v) { return activation.value(v[0]); })};
         }});
    result.samples.push_back({std::string(activation.name) + ", large",
                              [=](const Tensors& x) -> Tensors { return {dense(x[0], x[1], x[2], activation.name)}; },
                              {sample({67, 50}, {-0.2, 0.2}, 1), sample({50, 41}, {}, 2), sample({41}, {}, 3)}});
    result.samples.back().gradcheck = false;
  }
  return result;
}

// An equation whose ellipsis is spelled out, by loops over all labels. Axes of length 1 broadcast.
Tensor einsum_by_loops(const std::vector<std::string>& inputs, const std::string& output, const Tensors& operands) {
  std::string labels = output;
  for (const std::string& input : inputs) {
    for (const char label : input) {
      if (labels.find(label) == std::string::npos) labels += label;
    }
  }
  Shape lengths(labels.size(), 1);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t axis = 0; axis < inputs[i].size(); ++axis) {
      int64_t& length = lengths[labels.find(inputs[i][axis])];
      if (length == 1) length = operands[i].shape(static_cast<int>(axis));
    }
  }
  std::vector<std::vector<double>> values;
  for (const Tensor& operand : operands) values.push_back(operand.to_vector<double>());
  const Shape shape(lengths.begin(), lengths.begin() + output.size());
  std::vector<double> result(static_cast<std::size_t>(shape.numel()), 0);
  const int64_t summed = lengths.numel() / std::max<int64_t>(shape.numel(), 1);
  for (int64_t at = 0; at < lengths.numel(); ++at) {
    Shape position(labels.size(), 0);
    int64_t rest = at;
    for (std::size_t i = labels.size(); i-- > 0; rest /= lengths[i]) position[i] = rest % lengths[i];
    double product = 1;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      int64_t offset = 0;
      for (std::size_t axis = 0; axis < inputs[i].size(); ++axis) {
        const int64_t length = operands[i].shape(static_cast<int>(axis));
        offset = offset * length + (length == 1 ? 0 : position[labels.find(inputs[i][axis])]);
      }
      product *= values[i][static_cast<std::size_t>(offset)];
    }
    result[static_cast<std::size_t>(at / summed)] += product;
  }
  return from_data(result.data(), shape);
}

OpCase einsum_row() {
  struct Equation {
    const char* text;
    std::vector<Shape> shapes;
    std::vector<std::string> inputs;  // without dots
    std::string output;
  };
  OpCase result{"einsum", {}};
  for (const Equation& equation : std::vector<Equation>{
           {"ij,jk->ik", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
           {"ij,jk", {{2, 3}, {3, 4}}, {"ij", "jk"}, "ik"},
           {"ba", {{2, 3}}, {"ba"}, "ab"},
           {" ij , kj -> ki ", {{2, 3}, {4, 3}}, {"ij", "kj"}, "ki"},
           {"abc,cd->abd", {{2, 2, 3}, {3, 2}}, {"abc", "cd"}, "abd"},
           {"abc,cde->abde", {{2, 2, 3}, {3, 2, 2}}, {"abc", "cde"}, "abde"},
           {"abcd,cde->abe", {{2, 1, 2, 3}, {2, 3, 2}}, {"abcd", "cde"}, "abe"},
           {"abcd,dce->abe", {{2, 1, 2, 3}, {3, 2, 2}}, {"abcd", "dce"}, "abe"},
           {"aecd,abcd->acbe", {{2, 3, 2, 2}, {2, 1, 2, 2}}, {"aecd", "abcd"}, "acbe"},
           {"acbe,aecd->abcd", {{2, 2, 1, 3}, {2, 3, 2, 2}}, {"acbe", "aecd"}, "abcd"},
           {"bij,bjk->bik", {{2, 2, 3}, {2, 3, 2}}, {"bij", "bjk"}, "bik"},
           {"i,j->ij", {{2}, {3}}, {"i", "j"}, "ij"},
           {"i,i", {{4}, {4}}, {"i", "i"}, ""},
           {"i,i->i", {{4}, {4}}, {"i", "i"}, "i"},
           {"ij,ij->j", {{2, 3}, {2, 3}}, {"ij", "ij"}, "j"},
           {"ii", {{3, 3}}, {"ii"}, ""},
           {"ii->i", {{3, 3}}, {"ii"}, "i"},
           {"jiki->jk", {{2, 3, 2, 3}}, {"jiki"}, "jk"},
           {"ii,ij->j", {{3, 3}, {3, 2}}, {"ii", "ij"}, "j"},
           {"ijk->k", {{2, 3, 2}}, {"ijk"}, "k"},
           {"ij,k->k", {{2, 3}, {2}}, {"ij", "k"}, "k"},
           {"...ij,jk->...ik", {{2, 2, 3}, {3, 2}}, {"Xij", "jk"}, "Xik"},
           {"...i,...i->...", {{2, 1, 3}, {2, 3}}, {"XYi", "Yi"}, "XY"},
           {"...i,...j", {{2, 2}, {1, 3}}, {"Xi", "Xj"}, "Xij"},
           {"i...->...", {{2, 3}}, {"iX"}, "X"},
           {"ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 2}}, {"ij", "jk", "kl"}, "il"},
           {"ai,bi,ci->abc", {{2, 3}, {2, 3}, {2, 3}}, {"ai", "bi", "ci"}, "abc"},
           {"ij,jk->ik", {{2, 1}, {3, 4}}, {"ij", "jk"}, "ik"},
           {"ij,jk->ik", {{0, 3}, {3, 2}}, {"ij", "jk"}, "ik"},
           {"ij,jk->ik", {{2, 0}, {0, 2}}, {"ij", "jk"}, "ik"},
       }) {
    Tensors inputs;
    std::string shapes;
    for (const Shape& shape : equation.shapes) {
      inputs.push_back(sample(shape, {}, inputs.size() + 1));
      shapes += " " + shape.str();
    }
    result.samples.push_back(
        {equation.text + shapes, [=](const Tensors& x) -> Tensors { return {einsum(equation.text, x)}; }, inputs,
         [=](const Tensors& x) -> Tensors { return {einsum_by_loops(equation.inputs, equation.output, x)}; }});
  }
  // Nothing is dense.
  result.samples.push_back(
      {"views",
       [](const Tensors& x) -> Tensors {
         return {einsum("abc,cbd->ad", {x[0].transpose(), x[1].slice(0, {.step = -1})})};
       },
       {sample({3, 2, 2}, {}, 1), sample({3, 2, 2}, {}, 2)},
       [](const Tensors& x) -> Tensors {
         return {einsum_by_loops({"abc", "cbd"}, "ad", {x[0].transpose(), x[1].slice(0, {.step = -1})})};
       }});
  return result;
}

OpCase tensordot_row() {
  OpCase result{"tensordot", {}};
  const auto add = [&](const char* description, const Shape& a, const Shape& b, const BinaryOp& function,
                       const std::string& of_a, const std::string& of_b, const std::string& output) {
    result.samples.push_back({description,
                              [=](const Tensors& x) -> Tensors { return {function(x[0], x[1])}; },
                              {sample(a, {}, 1), sample(b, {}, 2)},
                              [=](const Tensors& x) -> Tensors {
                                return {einsum_by_loops({of_a, of_b}, output, x)};
                              }});
  };
  add(
      "two axes", {2, 3, 2}, {3, 2, 4}, [](const Tensor& a, const Tensor& b) { return tensordot(a, b); }, "aij", "ijb",
      "ab");
  add(
      "one axis", {2, 3}, {3, 2}, [](const Tensor& a, const Tensor& b) { return tensordot(a, b, 1); }, "ai", "ib",
      "ab");
  add(
      "no axis", {2}, {3}, [](const Tensor& a, const Tensor& b) { return tensordot(a, b, 0); }, "a", "b", "ab");
  add(
      "chosen axes", {2, 3, 4}, {4, 2, 2},
      [](const Tensor& a, const Tensor& b) {
        return tensordot(a, b, {0, -1}, {1, 0});
      },
      "iaj", "jib", "ab");
  add(
      "all axes", {2, 3}, {3, 2},
      [](const Tensor& a, const Tensor& b) {
        return tensordot(a, b, {0, 1}, {1, 0});
      },
      "ij", "ji", "");
  return result;
}

OpCase batch_dot_row() {
  OpCase result{"batch_dot", {}};
  const auto add = [&](const Shape& a, const Shape& b, int axis_a, int axis_b, const std::string& of_a,
                       const std::string& of_b, const std::string& output, bool one_number = false) {
    result.samples.push_back({a.str() + " and " + b.str(),
                              [=](const Tensors& x) -> Tensors { return {batch_dot(x[0], x[1], axis_a, axis_b)}; },
                              {sample(a, {}, 1), sample(b, {}, 2)},
                              [=](const Tensors& x) -> Tensors {
                                const Tensor y = einsum_by_loops({of_a, of_b}, output, x);
                                return {one_number ? y.expand_dims(1) : y};
                              }});
  };
  add({2, 3}, {2, 3}, 1, 1, "ni", "ni", "n", true);
  add({2, 3, 2}, {2, 2, 4}, 2, 1, "nai", "nib", "nab");
  add({2, 3, 2}, {2, 3, 4}, 1, -2, "nia", "nib", "nab");
  add({2, 3}, {2, 2, 3}, -1, -1, "ni", "nai", "na");
  add({0, 3}, {0, 3}, 1, 1, "ni", "ni", "n", true);
  return result;
}

}  // namespace

std::vector<OpCase> linalg_cases() {
  return {matmul_row(), dense_row(), einsum_row(), tensordot_row(), batch_dot_row()};
}

}  // namespace xtape::test
