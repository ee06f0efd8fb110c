#include <string>
#include <vector>
#include <xtape/detail/load_limits.hpp>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Operations on symbols that have options of their own: the shapes that they tell, and the calls that Keras writes.

using namespace xtape;

namespace {

using layers::Operation;

Operation operation(const std::string& op, const std::string& options, std::vector<Config> constants = {}) {
  return Operation({.op = op, .constants = std::move(constants), .options = parse_json(options)});
}

std::vector<Symbol> call(const std::string& op, const std::string& options, const std::vector<Symbol>& x,
                         std::vector<Config> constants = {}) {
  return operation(op, options, std::move(constants)).call_all(x);
}

// Lengths that are known are those of the results, and types are.
void check_tells(const std::string& op, const std::string& options, const std::vector<Symbol>& inputs,
                 const std::vector<Tensor>& data, const std::vector<Shape>& expected) {
  INFO(op << " " << options << " of " << inputs[0].shape() << ", given " << data[0].shape());
  const std::vector<Symbol> told = call(op, options, inputs);
  const std::vector<Tensor> results = operation(op, options).call_all(data);
  REQUIRE(told.size() == results.size());
  REQUIRE(told.size() == expected.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(told[i].shape() == expected[i]);
    CHECK(told[i].dtype() == results[i].dtype());
    REQUIRE(told[i].rank() == results[i].rank());
    for (int axis = 0; axis < told[i].rank(); ++axis) {
      CHECK((told[i].shape()[axis] == -1 || told[i].shape()[axis] == results[i].shape(axis)));
    }
  }
}

Config tensor_config(const std::string& value, const std::string& dtype, const std::string& class_name = "__numpy__") {
  return parse_json(R"({"class_name": ")" + class_name + R"(", "config": {"value": )" + value + R"(, "dtype": ")" +
                    dtype + "\"}}");
}

std::string symbol(const std::string& layer, int call = 0) {
  return R"({"class_name": "__keras_tensor__", "config": {"shape": [], "keras_history": [")" + layer + R"(", )" +
         std::to_string(call) + ", 0]}}";
}

std::string array(const std::string& value, const std::string& dtype = "float32") {
  return to_json(tensor_config(value, dtype));
}

// A model of one Input "x" and one layer "op", called so.
Model model_of(const std::string& input, const std::string& class_name, const std::string& options,
               const std::vector<std::string>& calls, const std::string& module = "keras.src.ops.numpy",
               const std::string& dtype = "float32") {
  std::string nodes;
  for (const std::string& call : calls) nodes += (nodes.empty() ? "" : ", ") + call;
  return models::model_from_json(
      R"({"class_name": "Functional", "registered_name": "Functional", "config": {"name": "m", "layers": [
         {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": )" +
      input + R"(, "dtype": ")" + dtype + R"(", "name": "x"}, "name": "x", "inbound_nodes": []}, {"module": ")" +
      module + R"(", "class_name": ")" + class_name + R"(", "config": )" + options + R"(, "name": "op",
         "inbound_nodes": [)" +
      nodes + R"(]}], "input_layers": [["x", 0, 0]], "output_layers": [["op", )" + std::to_string(calls.size() - 1) +
      ", 0]]}}");
}

std::string args(const std::string& listed, const std::string& kwargs = "") {
  return R"({"args": [)" + listed + R"(], "kwargs": {)" + kwargs + "}}";
}

// What is written of it is read alike.
void check_reads(const Model& model, const Tensor& data, const Tensor& expected) {
  const Tensor given = model(data);
  CHECK(given.dtype() == expected.dtype());
  CHECK(given.shape() == expected.shape());
  CHECK(allclose(given, expected));
  const Model copy = models::model_from_json(model.to_json());
  CHECK(array_equal(copy(data), given));
  CHECK(copy.to_json() == model.to_json());
}

}  // namespace

TEST_CASE("Operations with options of their own tell shapes with unknown lengths") {
  const Symbol x = Input({-1, 8});
  const Tensor data = rand({4, 6, 8});
  const auto check = [&](const std::string& op, const std::string& options, const std::vector<Shape>& expected) {
    check_tells(op, options, {x}, {data}, expected);
  };
  check("split", R"({"indices_or_sections": 3, "axis": 1})", {{-1, -1, 8}, {-1, -1, 8}, {-1, -1, 8}});
  check("split", R"({"indices_or_sections": 2, "axis": 0})", {{-1, -1, 8}, {-1, -1, 8}});
  check("split", R"({"indices_or_sections": 4, "axis": -1})", {{-1, -1, 2}, {-1, -1, 2}, {-1, -1, 2}, {-1, -1, 2}});
  check("split", R"({"indices_or_sections": [1, 3], "axis": 1})", {{-1, 1, 8}, {-1, 2, 8}, {-1, -1, 8}});
  check("split", R"({"indices_or_sections": [1, -2], "axis": 1})", {{-1, 1, 8}, {-1, -1, 8}, {-1, 2, 8}});
  check("unstack", R"({"num": 6, "axis": 1})", std::vector<Shape>(6, Shape{-1, 8}));
  check("unstack", R"({"axis": 2})", std::vector<Shape>(8, Shape{-1, -1}));
  check("repeat", R"({"repeats": 2, "axis": 0})", {{-1, -1, 8}});
  check("repeat", R"({"repeats": 2, "axis": 2})", {{-1, -1, 16}});
  check("repeat", R"({"repeats": [1, 0, 2, 0, 0, 3], "axis": 1})", {{-1, 6, 8}});
  check("repeat", R"({"repeats": 2})", {{-1}});
  check("tile", R"({"repeats": [2, 1, 1, 3]})", {{2, -1, -1, 24}});
  check("tile", R"({"repeats": [1, 0, 1]})", {{-1, -1, 8}});
  check("tile", R"({"repeats": 2})", {{-1, -1, 16}});
  check("tile", "{\"repeats\": []}", {{-1, -1, 8}});
  check("pad", R"({"pad_width": [[0, 0], [1, 2], [3, 0]]})", {{-1, -1, 11}});
  check("pad", R"({"pad_width": 1})", {{-1, -1, 10}});
  check("glu", R"({"axis": 1})", {{-1, -1, 8}});
  check("glu", "{}", {{-1, -1, 4}});
  check("transpose", "{}", {{8, -1, -1}});
  check("transpose", R"({"axes": [0, 2, -2]})", {{-1, 8, -1}});
  check("swapaxes", R"({"axis1": 0, "axis2": -1})", {{8, -1, -1}});
  check("moveaxis", R"({"source": [0, 1], "destination": [-1, 0]})", {{-1, 8, -1}});
  check("flip", R"({"axis": [1, 2]})", {{-1, -1, 8}});
  check("ravel", "{}", {{-1}});
  check("argmax", R"({"axis": 1, "keepdims": true})", {{-1, 1, 8}});
  check("argmin", "{}", {{}});
  check("softmax", R"({"axis": null})", {{-1, -1, 8}});
  check("softmax", R"({"axis": [1, 2]})", {{-1, -1, 8}});
  check_tells("one_hot", R"({"num_classes": 5, "axis": 1, "dtype": "int32"})", {Input({-1}, {.dtype = int32})},
              {zeros({3, 4}, int32)}, {{-1, 5, -1}});
  check_tells("stack", R"({"axis": -1})", {x, Input({6, -1})}, {data, data}, {{-1, 6, 8, 2}});
  check_tells("take", R"({"axis": 1})", {x, Input({-1, 2}, {.dtype = int32})}, {data, zeros({3, 5, 2}, int32)},
              {{-1, -1, -1, 2, 8}});
  check_tells("take_along_axis", R"({"axis": 1})", {x, Input({2, 1}, {.dtype = int64})},
              {data, zeros({4, 2, 1}, int64)}, {{-1, 2, 8}});
  check_tells("tensordot", R"({"axes": [[0, 1], [1, 2]]})", {x, Input({-1, -1})}, {data, rand({3, 4, 6})}, {{8, -1}});
  check_tells("tensordot", R"({"axes": 1})", {x, Input({2})}, {data, rand({8, 2})}, {{-1, -1, 2}});
}

TEST_CASE("einsum of symbols tells shapes of lengths that may be unknown") {
  const Symbol x = Input({-1, 8});
  const Tensor a = rand({4, 7, 8});
  const auto check = [](const std::string& equation, const std::vector<Symbol>& inputs, const std::vector<Tensor>& data,
                        const Shape& expected) {
    Config options = Config::dict();
    options.set("subscripts", equation);
    check_tells("einsum", to_json(options), inputs, data, {expected});
  };
  check("btd,btd->bd", {x, Input({7, 8})}, {a, a}, {-1, 8});
  check("btd,btd->bt", {x, Input({7, 8})}, {a, a}, {-1, 7});
  check("btd, bsd -> bts", {x, Input({3, 1})}, {a, rand({4, 3, 1})}, {-1, -1, 3});
  check("btd,bdk", {x, Input({8, 5})}, {a, rand({4, 8, 5})}, {5, -1});
  check("...d->...", {x}, {a}, {-1, -1});
  check("...ij,...jk", {x, Input({8, 2})}, {a, rand({4, 8, 2})}, {-1, -1, 2});
  check("b...->...b", {x}, {a}, {-1, 8, -1});
  check("bii->bi", {Input({-1, 3})}, {rand({4, 3, 3})}, {-1, 3});
  CHECK_THROWS_WITH(einsum("btd,btd->bd", {x, Input({7, 4})}),
                    Contains("einsum: the axis 'd' of \"btd,btd->bd\" has lengths 8 and 4"));
  CHECK_THROWS_WITH(einsum("bd->b", {x}), Contains("subscripts \"bd\" do not fit an operand of shape [-1, -1, 8]"));
  CHECK_THROWS_WITH(einsum("btd->b", {x, x}), Contains("\"btd->b\" is of 1 operands, given 2"));
  CHECK_THROWS_AS(einsum("btd->bq", {x}), ValueError);
  CHECK_THROWS_AS(einsum("b.d->b", {x}), Error);
}

TEST_CASE("Operations with options of their own refuse what does not fit, with the user's shapes") {
  const Symbol x = Input({-1, 8});
  const auto check = [&](const std::string& op, const std::string& options, const std::string& expected) {
    CHECK_THROWS_WITH(call(op, options, {x}), Contains(expected) && !Contains("tried on zeros"));
  };
  check("split", R"({"indices_or_sections": 3, "axis": 2})", "axis 2 of the shape [-1, -1, 8] does not divide into 3");
  check("split", R"({"indices_or_sections": 0, "axis": 1})", "sections must be at least 1, given 0");
  check("split", R"({"indices_or_sections": 1000000000000, "axis": 1})", "at most 32768 results");
  check("split", R"({"indices_or_sections": 2, "axis": 3})", "axis 3 is out of range for the shape [-1, -1, 8]");
  check("split", R"({"indices_or_sections": 2, "axis": 4294967296})", "expected a small integer, given 4294967296");
  check("unstack", R"({"axis": 0})", "the length of axis 0 of the shape [-1, -1, 8] is not known: say it by num");
  check("unstack", R"({"num": 3, "axis": 2})", "num is 3, the length of the axis 8");
  check("repeat", R"({"repeats": -1, "axis": 1})", "repeats must not be negative, given -1");
  check("repeat", R"({"repeats": [1, 2], "axis": 2})", "2 repeats for an axis of length 8");
  check("repeat", R"({"repeats": 4611686018427387904, "axis": 2})", "too large for a length");
  check("tile", R"({"repeats": [1, -2]})", "repeats must not be negative, given [1,-2]");
  check("pad", R"({"pad_width": [[0, 0], [1, 1]]})", "expected a pair for each of 3 axes");
  check("pad", R"({"pad_width": -1})", "pad_width must not be negative");
  check("glu", R"({"axis": -4})", "glu: axis -4 is out of range for the shape [-1, -1, 8]");
  check("transpose", R"({"axes": [0, 1]})", "transpose: expected 3 axes for the shape [-1, -1, 8], given [0,1]");
  check("transpose", R"({"axes": [0, 1, -2]})", "an axis of the shape [-1, -1, 8] is given twice: [0,1,-2]");
  check("moveaxis", R"({"source": [0, 1], "destination": 2})", "expected as many axes in source as in destination");
  check("swapaxes", R"({"axis1": 0, "axis2": 3})", "swapaxes: axis 3 is out of range");
  check("flip", R"({"axis": [1, 1]})", "is given twice");
  check("argmax", R"({"axis": 3})", "argmax: axis 3 is out of range for the shape [-1, -1, 8]");
  check("one_hot", R"({"num_classes": 0})", "num_classes must be at least 1, given 0");
  check("one_hot", R"({"num_classes": 2, "sparse": true})", "sparse must be false, given true");
  check("softmax", R"({"axis": [1, 3]})", "softmax: axis 3 is out of range for the shape [-1, -1, 8]");
  CHECK_THROWS_WITH(stack({x, Input({3, 7})}, 0), Contains("stack: shapes differ: [-1, -1, 8] and [-1, 3, 7]"));
  CHECK_THROWS_WITH(call("tensordot", R"({"axes": [[2], [1]]})", {x, Input({2})}),
                    Contains("tensordot: axes [[2],[1]] of a [-1, -1, 8] and b [-1, 2] have different lengths"));
  CHECK_THROWS_WITH(call("tensordot", R"({"axes": 3})", {x, Input({2})}), Contains("have, given 3"));
}

TEST_CASE("A layer whose outputs depend on the batch is refused on symbols") {
  const Symbol x = Input({2});
  struct UnstackedImpl : layers::LayerImpl {
    std::vector<Tensor> call(const Tensor& t) { return unstack(t, 0); }
  };
  CHECK_THROWS_WITH(Handle<UnstackedImpl>()(x), Contains("a call returns 2 tensors for 2 samples, 3 for 3"));
  struct RanksImpl : layers::LayerImpl {
    Tensor call(const Tensor& t) { return t.shape(0) == 2 ? t : sum(t, 1); }
  };
  CHECK_THROWS_WITH(Handle<RanksImpl>()(x), Contains("a tensor of shape [2, 2] for 2 samples, of shape [3] for 3"));
}

TEST_CASE("Operations on symbols take no memory") {
  const Symbol x = Input({512, 512, 64});
  empty_cache();
  const detail::MemoryLimit limit(1 << 20);
  CHECK(softmax(x).shape() == x.shape());
  CHECK(split(x, 2, 1)[1].shape() == Shape{-1, 256, 512, 64});
  CHECK(einsum("bijk,bijl->bkl", {x, x}).shape() == Shape{-1, 64, 64});
  CHECK(call("tile", R"({"repeats": 1000000})", {x})[0].shape() == Shape{-1, 512, 512, 64000000});
  CHECK(one_hot(argmax(x, 1), 1000000000).shape() == Shape{-1, 512, 64, 1000000000});
}

TEST_CASE("Results that no machine holds are refused by the allocator") {
  const Tensor x = rand({4, 3});
  CHECK_THROWS_AS(operation("tile", R"({"repeats": 2305843009213693})").call_all({x}), OutOfMemory);
  CHECK_THROWS_AS(operation("repeat", R"({"repeats": [1, 2305843009213693, 0], "axis": 1})").call_all({x}),
                  OutOfMemory);
  CHECK_THROWS_AS(operation("tile", R"({"repeats": 9223372036854775807})").call_all({x}), ShapeError);
  CHECK_THROWS_AS(operation("one_hot", R"({"num_classes": 2305843009213693})").call_all({zeros({2}, int32)}),
                  OutOfMemory);
}

TEST_CASE("Operations on lists hold constants in the places that Keras has them in") {
  const Tensor x = rand({2, 3}), row = tensor({{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}}).astype(float32);
  const std::string rows = array("[[1, 2, 3], [4, 5, 6]]");
  check_reads(model_of("[null, 3]", "Stack", R"({"name": "op", "axis": 1})",
                       {args("[" + symbol("x") + ", " + rows + ", " + symbol("x") + "]")}),
              x, stack({x, row, x}, 1));
  check_reads(
      model_of("[null, 3]", "Stack", R"({"name": "op", "axis": 0})", {args("[" + rows + ", " + symbol("x") + "]")}), x,
      stack({row, x}, 0));
  check_reads(model_of("[null, 3]", "Concatenate", R"({"name": "op", "axis": -1})",
                       {args("[" + rows + ", " + symbol("x") + "]")}),
              x, concatenate({row, x}, -1));
  const std::string kernel = array("[[1, 0], [0, 1], [2, 2]]"), scale = array("[0.5, 2]");
  const Tensor k = tensor({{1.0, 0.0}, {0.0, 1.0}, {2.0, 2.0}}).astype(float32);
  check_reads(model_of("[null, 3]", "Einsum", R"({"name": "op", "subscripts": "bi,ij->bj"})",
                       {args(symbol("x") + ", " + kernel)}),
              x, matmul(x, k));
  check_reads(model_of("[null, 3]", "Einsum", R"({"name": "op", "subscripts": "ij,bi,j->bj"})",
                       {args(kernel + ", " + symbol("x") + ", " + scale)}),
              x, matmul(x, k) * tensor({0.5, 2.0}).astype(float32));
  check_reads(
      model_of("[null, 3]", "Einsum", R"({"name": "op", "subscripts": "bi,->bi"})", {args(symbol("x") + ", 2.0")}), x,
      x * 2);
  CHECK_THROWS_WITH(
      model_of("[null, 3]", "Stack", R"({"name": "op", "axis": 1})", {args("[" + symbol("x") + R"(, "text"])")}),
      Contains("stack: expected tensors and constants, given \"text\""));
  CHECK_THROWS_WITH(
      model_of("[null, 3]", "Stack", R"({"name": "op", "axis": 1})", {args("[" + symbol("x") + ", null]")}),
      Contains("stack: expected tensors and constants, given null"));
}

TEST_CASE("Layers refuse constants in the place of tensors of the model") {
  const auto check = [](const std::string& class_name, const std::string& options, const std::string& call) {
    CHECK_THROWS_WITH(model_of("[null, 2, 3]", class_name, options, {call}, "keras.layers"),
                      Contains("a layer takes tensors of the model; constants are taken by operations alone"));
  };
  const std::string constant = array("[[[1, 1, 1], [1, 1, 1]]]");
  check("Add", R"({"name": "op"})", args("[" + symbol("x") + ", " + constant + "]"));
  check("Concatenate", R"({"name": "op", "axis": 1})", args("[" + constant + ", " + symbol("x") + "]"));
  check("MultiHeadAttention", R"({"name": "op", "num_heads": 1, "key_dim": 2})", args(symbol("x") + ", " + constant));
  check("LSTM", R"({"name": "op", "units": 3})",
        args(symbol("x"), R"("initial_state": [)" + symbol("x") + ", " + array("[[1, 1, 1]]") + "]"));
}

TEST_CASE("A constant may stand first, whatever its shape") {
  const std::string table = array("[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]");
  const Tensor t = arange(12).astype(float32).reshape({3, 4}), ids = tensor({3, 0, 1, 1}).astype(int32);
  const auto read = [&](const std::string& options) {
    return model_of("[null]", "Take", options, {args(table + ", " + symbol("x"))}, "keras.src.ops.numpy", "int32");
  };
  const Model columns = read(R"({"name": "op", "axis": 1})");
  CHECK(columns.output().shape() == Shape{3, -1});
  check_reads(columns, ids, take(t, ids, 1));
  check_reads(read(R"({"name": "op", "axis": null})"), ids, tensor({3.0, 0.0, 1.0, 1.0}).astype(float32));
  CHECK_THROWS_WITH(read(R"({"name": "op", "axis": 2})"),
                    Contains("take: axis 2 is out of range for the shape [3, 4]"));
}

TEST_CASE("One operation that Keras calls with several constants becomes several") {
  const Model model = model_of("[null, 2]", "Add", R"({"name": "op"})",
                               {args(symbol("x") + ", 1.0"), args(symbol("op") + ", 2.0"),
                                args("1.0, " + symbol("op", 1)), args(symbol("op", 2) + ", 1.0")});
  const Tensor x = rand({3, 2});
  CHECK(allclose(model(x), x + 5));
  CHECK(model.layers().size() == 4);
  const Model copy = models::model_from_json(model.to_json());
  CHECK(array_equal(copy(x), model(x)));
}

TEST_CASE("Arguments of Keras's calls are read") {
  const Tensor x = rand({4, 2, 3});
  const std::string input = "[null, 2, 3]";
  const auto read = [&](const std::string& class_name, const std::string& options, const std::string& more = "",
                        const std::string& kwargs = "") {
    return model_of(input, class_name, options, {args(symbol("x") + more, kwargs)});
  };
  const std::string pad_options = R"({"name": "op", "pad_width": [[0, 0], [1, 1], [0, 2]], "mode": "constant"})";
  check_reads(read("Pad", pad_options, "", R"("constant_values": null)"), x, pad(x, {{0, 0}, {1, 1}, {0, 2}}));
  check_reads(read("Pad", pad_options, "", R"("constant_values": 0)"), x, pad(x, {{0, 0}, {1, 1}, {0, 2}}));
  const Model filled = read("Pad", pad_options, "", R"("constant_values": 5.5)");
  check_reads(filled, x, pad(x, {{0, 0}, {1, 1}, {0, 2}}, 5.5));
  const Config written = layers::serialize(filled).at("config").at("layers").list().back();
  CHECK(written.at("inbound_nodes").list()[0].at("kwargs") == parse_json(R"({"constant_values": 5.5})"));
  CHECK(written.at("config") == parse_json(pad_options));
  check_reads(read("Softmax", R"({"name": "op", "axis": null})"), x, softmax(x.reshape({-1}), 0).reshape({4, 2, 3}));
  check_reads(read("Softmax", R"({"name": "op", "axis": [1, 2]})"), x,
              softmax(x.reshape({4, 6}), 1).reshape({4, 2, 3}));
  check_reads(read("LogSoftmax", R"({"name": "op", "axis": [2, 0]})"), x,
              permute(log_softmax(permute(x, {1, 2, 0}).reshape({2, 12}), 1).reshape({2, 3, 4}), {2, 0, 1}));
  check_reads(read("ExpandDims", R"({"name": "op", "axis": [1, -1]})"), x, x.reshape({4, 1, 2, 3, 1}));
  check_reads(read("Repeat", R"({"name": "op", "repeats": [1, 0, 2], "axis": -1})"), x, take(x, tensor({0, 2, 2}), 2));
  check_reads(read("Tile", R"({"name": "op", "repeats": [1, 0, 2]})"), x, zeros({4, 0, 6}));
  check_reads(read("Take", R"({"name": "op", "axis": 2})", "", R"("indices": [[0, 2], [-1, 1]])"), x,
              take(x, tensor({{0, 2}, {2, 1}}), 2));
  check_reads(read("Take", R"({"name": "op", "axis": 2})", ", " + array("[1.0, 2.0]")), x, take(x, tensor({1, 2}), 2));
  check_reads(read("TakeAlongAxis", R"({"name": "op", "axis": 2})", ", " + array("[[[2, 0]]]", "int64")), x,
              take(x, tensor({2, 0}), 2));
}

TEST_CASE("one_hot on symbols takes labels of any type, and those that are no class") {
  const Model model =
      model_of("[null, 3]", "OneHot", R"({"name": "op", "num_classes": 3, "axis": -1, "dtype": "float32"})",
               {args(symbol("x"))}, "keras.src.ops.nn");
  const Tensor expected =
      tensor({{{1.0, 0.0, 0.0}, {0.0, 0.0, 1.0}, {0.0, 0.0, 0.0}}, {{0.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 0.0}}})
          .astype(float32);
  check_reads(model, tensor({{0.0, 2.9, 3.0}, {-1.0, 1.5, 7.0}}).astype(float32), expected);
}

TEST_CASE("split cuts where NumPy does, also in another order and from the end; tile repeats") {
  const Tensor x = arange(5);
  const auto lengths = [&](const std::string& indices) {
    std::vector<int64_t> result;
    const auto parts = operation("split", R"({"indices_or_sections": )" + indices + "}").call_all({x});
    for (const Tensor& part : parts) result.push_back(part.shape(0));
    // The shapes that are told for a known length.
    const Symbol known = Input({5});
    const auto told = call("split", R"({"axis": 1, "indices_or_sections": )" + indices + "}", {known});
    REQUIRE(told.size() == result.size());
    for (std::size_t i = 0; i < told.size(); ++i) CHECK(told[i].shape()[1] == result[i]);
    return result;
  };
  CHECK(lengths("[3, 1]") == std::vector<int64_t>{3, 0, 4});
  CHECK(lengths("[-3, 7]") == std::vector<int64_t>{2, 3, 0});
  CHECK(lengths("[7, 2, -1]") == std::vector<int64_t>{5, 0, 2, 1});
  CHECK(lengths("[]") == std::vector<int64_t>{5});
  const Tensor table = arange(6).reshape({2, 3});
  CHECK(array_equal(operation("tile", R"({"repeats": [2, 1, 2]})").call_all({table})[0],
                    stack({concatenate({table, table}, 1), concatenate({table, table}, 1)}, 0)));
  const auto parts = operation("split", R"({"indices_or_sections": [3, 1]})").call_all({x});
  CHECK(parts[2].to_vector<int64_t>() == std::vector<int64_t>{1, 2, 3, 4});
}

TEST_CASE("An operation with options of its own is written with its constants, and read") {
  const Operation table = operation("take", R"({"axis": 0})", {tensor_config("[[1, 2], [3, 4]]", "float32"), {}});
  const layers::Layer copy = layers::clone(static_cast<const layers::Layer&>(table));
  const Tensor ids = tensor({1, 0}).astype(int32);
  CHECK(copy(ids).to_vector<double>() == std::vector<double>{3, 4, 1, 2});
  const Operation filled = operation("pad", R"({"pad_width": 1, "constant_values": 2})");
  CHECK(layers::clone(static_cast<const layers::Layer&>(filled))(zeros({1})).to_vector<double>() ==
        std::vector<double>{2, 0, 2});
  CHECK_THROWS_WITH(operation("softmax", "{}", {{}, 2}), Contains("softmax takes no constants, given [null,2]"));
  CHECK_THROWS_WITH(operation("take", "{}", {{}, {}, 2}), Contains("take takes 2 tensors, given constants, or none"));
}

TEST_CASE("Names that operations get by themselves are left out of their options, which Keras up to 3.10 refuses") {
  const Symbol x = Input({4}, {.name = "x"});
  const auto has_name = [](const Model& model, const std::string& layer) {
    const Config read = parse_json(model.to_json());
    for (const Config& each : read.at("config").at("layers").list()) {
      if (each.at("name") == Config(layer)) return each.at("config").find("name") != nullptr;
    }
    FAIL("there is no layer " << layer);
    return false;
  };
  const auto softmax_of = [](const Symbol& of, const std::string& name) {
    return Operation({.op = "softmax", .name = name})(of);
  };
  const Model counted(x, softmax_of(softmax_of(x, "softmax_7"), "softmax"));
  CHECK_FALSE(has_name(counted, "softmax"));
  CHECK_FALSE(has_name(counted, "softmax_7"));
  // Its own name, or one that a layer may have too.
  CHECK(has_name(Model(x, softmax_of(x, "p")), "p"));
  const Model beside_layer(x, layers::Softmax({.name = "softmax_2"})(softmax_of(x, "softmax")));
  CHECK(has_name(beside_layer, "softmax"));
  CHECK(has_name(beside_layer, "softmax_2"));
  // By which losses of several outputs go.
  const Symbol first = softmax_of(x, "softmax_1"), second = softmax_of(first, "softmax_2");
  const Model several(x, {second, softmax_of(first, "softmax_3")});
  CHECK(has_name(several, "softmax_1"));
  CHECK(has_name(several, "softmax_2"));
  CHECK(has_name(several, "softmax_3"));
  // Without options there is no harm in it.
  CHECK(has_name(Model(x, Operation({.op = "negative", .name = "negative"})(x)), "negative"));
  for (const Model& model : {counted, beside_layer, several}) {
    CHECK(models::model_from_json(model.to_json()).to_json() == model.to_json());
  }
}
