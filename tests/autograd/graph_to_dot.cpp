#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("a recorded graph is drawn from its leaves to the result") {
  const Tensor w = ones({3, 2}).set_requires_grad(), b = ones({2}).set_requires_grad();
  const Tensor loss = sum(tanh(matmul(ones({4, 3}), w) + b), 0);
  CHECK(graph_to_dot(loss, {{"kernel \"w\"", w}}) ==
        "digraph graph_of_tensor {\n"
        "  node [shape=box, fontname=\"Helvetica\", fontsize=10, style=filled, fillcolor=white];\n"
        "  n0 [label=\"sum\\naxes=(0), keepdims=false\\nfloat32 [2]\"];\n"
        "  n1 [label=\"tanh\\nfloat32 [4, 2]\"];\n"
        "  n1 -> n0;\n"
        "  n2 [label=\"add\\nfloat32 [4, 2]\"];\n"
        "  n2 -> n1;\n"
        "  n3 [label=\"matmul\\nfloat32 [4, 2]\"];\n"
        "  n3 -> n2;\n"
        "  n4 [label=\"float32 [2]\", fillcolor=lightyellow];\n"
        "  n4 -> n2;\n"
        "  n5 [label=\"kernel \\\"w\\\"\\nfloat32 [3, 2]\", fillcolor=lightyellow];\n"
        "  n5 -> n3;\n"
        "  n6 [label=\"result\", fillcolor=lightblue];\n"
        "  n0 -> n6;\n"
        "}\n");
}

TEST_CASE("each operation of a graph is drawn once, however often it is used and however deep it lies") {
  const Tensor x = ones({2}).set_requires_grad();
  Tensor y = x;
  for (int i = 0; i < 100000; ++i) y = y + y;
  const std::string dot = graph_to_dot(y);
  CHECK(dot.find("n100000 [label") != std::string::npos);
  CHECK(dot.find("n100002 [label") == std::string::npos);
  sum(y).backward();
  CHECK_THAT(graph_to_dot(sum(exp(x).detach().set_requires_grad())), Contains("sum"));
}

TEST_CASE("a graph that was run and freed is drawn without attributes") {
  const Tensor x = ones({2}).set_requires_grad();
  const Tensor y = sum(x, 0, true), z = sum(y);
  z.backward();
  CHECK_THAT(graph_to_dot(y), Contains("label=\"sum"));
}

TEST_CASE("a tensor without a graph is refused") {
  CHECK_THROWS_WITH(graph_to_dot(ones({2})),
                    "graph_to_dot: the tensor of shape [2] requires no gradient: it has no graph");
  CHECK_THROWS_AS(graph_to_dot(Tensor()), ValueError);
}
