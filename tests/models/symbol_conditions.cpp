#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Indices and comparisons of symbols, and models that were written with the operations that compute their masks.

using namespace xtape;

namespace {

// The model computes what the same lines make of tensors, and so does what is read from its text.
void check(const Symbol& x, const Symbol& y, const Tensor& data, const Tensor& expected) {
  const Model model(x, y, {.name = "m"});
  INFO(y.name() << " " << y.shape());
  CHECK(array_equal(model(data), expected));
  CHECK(y.dtype() == expected.dtype());
  REQUIRE(y.rank() == expected.rank());
  for (int axis = 0; axis < y.rank(); ++axis) CHECK((y.shape()[axis] == -1 || y.shape()[axis] == expected.shape(axis)));
  const Model copy = models::model_from_json(model.to_json());
  CHECK(array_equal(copy(data), expected));
  CHECK(copy.to_json() == model.to_json());
}

Config arguments_of_last(const Model& model) {
  return layers::serialize(model).at("config").at("layers").list().back().at("inbound_nodes").list()[0].at("args");
}

// A functional model of one Input "x" and what follows, in Keras's form.
Model model_of(const std::string& input, const std::string& layers, const std::string& output) {
  return models::model_from_json(
      R"({"class_name": "Functional", "registered_name": "Functional", "config": {"name": "m", "layers": [
         {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": )" +
      input + R"(, "name": "x"}, "name": "x", "inbound_nodes": []}, )" + layers +
      R"(], "input_layers": [["x", 0, 0]], "output_layers": [[")" + output + R"(", 0, 0]]}})");
}

std::string tensor_of(const std::string& layer) {
  return R"({"class_name": "__keras_tensor__", "config": {"shape": [], "keras_history": [")" + layer + R"(", 0, 0]}})";
}

}  // namespace

TEST_CASE("Symbols have the indices of tensors") {
  const Symbol x = Input({5, 4}, {.name = "x"});
  const Tensor data = rand({3, 5, 4});
  check(x, x[{Slice{}, -1}], data, data[{Slice{}, -1}]);
  check(x, x[{Slice{}, Slice{1, 4}, 2}], data, data[{Slice{}, Slice{1, 4}, 2}]);
  check(x, x[{Slice{}, Slice{.step = 2}}], data, data[{Slice{}, Slice{.step = 2}}]);
  check(x, x[{Slice{}, Slice{-2}, Slice{3, 0, -1}}], data, data[{Slice{}, Slice{-2}, Slice{3, 0, -1}}]);
  check(x, x[1], data, data[1]);
  check(x, x.slice(-1, {1, 3}), data, data.slice(-1, {1, 3}));
  check(x, x.select(1, -2), data, data.select(1, -2));
  check(x, expand_dims(x, 1), data, expand_dims(data, 1));
  check(x, squeeze(expand_dims(x, -1), -1), data, data);
  CHECK(x[{Slice{}, -1}].shape() == Shape{-1, 4});
  CHECK(x[{Slice{}, Slice{.step = 2}, Slice{3, 0, -1}}].shape() == Shape{-1, 3, 3});
  CHECK(x[{Slice{1, 2}}].shape() == Shape{-1, 5, 4});
  CHECK_THROWS_WITH((x[{Slice{}, 5}]), Contains("index: 5 is out of range for axis 1 of the shape [-1, 5, 4]"));
  CHECK_THROWS_WITH((x[{0, 0, 0, 0}]), Contains("index: 4 indices for a tensor of shape [-1, 5, 4]"));
  CHECK_THROWS_WITH(x.slice(3, {0, 1}), Contains("slice: axis 3 is out of range for the shape [-1, 5, 4]"));
  CHECK_THROWS_WITH(layers::Operation({.op = "get_item", .key = "all"}), Contains("an index is a position, a range"));
}

TEST_CASE("Gradients go through indices of symbols") {
  const Symbol x = Input({3, 2}, {.name = "x"});
  const layers::Dense dense(2);
  const Model model(x, dense(x)[{Slice{}, -1, 0}]);
  const Tensor data = rand({4, 3, 2});
  sum(model(data)).backward();
  const Tensor expected = data[{Slice{}, 2}].sum(0);
  const Tensor kernel = model.trainable_variables()[0];
  CHECK(allclose(kernel.grad()[{Slice{}, 0}], expected));
  CHECK(allclose(kernel.grad()[{Slice{}, 1}], zeros({2})));
}

TEST_CASE("Indices are written and read as Keras writes them") {
  const Symbol x = Input({5, 4}, {.name = "x"});
  const Config arguments = arguments_of_last(Model(x, x[{Slice{}, -1, Slice{1, 3}}]));
  REQUIRE(arguments.list().size() == 2);
  CHECK(arguments.list()[1] ==
        parse_json(R"([{"class_name": "__slice__", "config": {"start": null, "stop": null, "step": null}}, -1,
                       {"class_name": "__slice__", "config": {"start": 1, "stop": 3, "step": null}}])"));

  // x[..., None, ::2, 0] and x[:, None], which the library's own indices do not write.
  const auto read = [](const std::string& key) {
    return model_of("[null, 5, 4]",
                    R"({"module": "keras.src.ops.numpy", "class_name": "GetItem", "config": {"name": "get_item"},
                        "registered_name": "GetItem", "name": "get_item",
                        "inbound_nodes": [{"args": [)" +
                        tensor_of("x") + ", " + key + R"(], "kwargs": {}}]})",
                    "get_item");
  };
  const std::string ellipsis = R"({"class_name": "__ellipsis__", "config": {}})",
                    every_second = R"({"class_name": "__slice__", "config": {"start": null, "stop": null, "step": 2}})";
  const Tensor data = rand({3, 5, 4});
  const Model first = read("[" + ellipsis + ", null, " + every_second + ", 0]");
  CHECK(first.output().shape() == Shape{-1, 1, 3});
  CHECK(array_equal(first(data), data.slice(1, {.step = 2}).select(2, 0).expand_dims(1)));
  const Model second = read("[" + every_second + ", null, " + ellipsis + "]");
  CHECK(second.output().shape() == Shape{-1, 1, 5, 4});
  CHECK(array_equal(second(data), data.slice(0, {.step = 2}).expand_dims(1)));
  CHECK(array_equal(read("-1")(data), data[-1]));
  CHECK(models::model_from_json(first.to_json()).to_json() == first.to_json());
  CHECK_THROWS_WITH(read("[" + ellipsis + ", " + ellipsis + "]"), Contains("one ellipsis at most"));
}

TEST_CASE("Symbols are compared with symbols, tensors and numbers") {
  const Symbol x = Input({4}, {.name = "x"});
  const Tensor data = tensor({{0.0, 1.0, 2.0, 3.0}, {2.0, 2.0, -1.0, 0.5}}).astype(float32);
  const Tensor row = tensor({1.0, 1.0, 2.0, 2.0}).astype(float32);
  check(x, x == 2, data, data == 2);
  check(x, x != 2, data, data != 2);
  check(x, x < 2, data, data < 2);
  check(x, x <= 2.0, data, data <= 2);
  check(x, x > row, data, data > row);
  check(x, x >= row, data, data >= row);
  check(x, 2 == x, data, data == 2);
  check(x, 0.5 != x, data, data != 0.5);
  check(x, 2 < x, data, data > 2);
  check(x, row <= x, data, data >= row);
  check(x, less(1, x), data, data > 1);
  check(x, x * 2 == x + x, data, ones({2, 4}).astype(bool_));
  check(x, logical_and(x > 0, logical_not(x > 1)), data, logical_and(data > 0, data <= 1));
  check(x, logical_or(x == 0, x == 3), data, logical_or(data == 0, data == 3));
  check(x, any(x > 2, 1), data, any(data > 2, 1));
  check(x, all(x > 2, -1, true), data, all(data > 2, -1, true));
  check(x, cast(x > 1, float32) * x, data, (data > 1).astype(float32) * data);
  check(x, ones_like(x) - zeros_like(x > 0).astype(float32), data, ones({2, 4}));
  CHECK((x == 2).dtype() == bool_);
  CHECK(x.is(x));
  CHECK_FALSE(x.is(Input({4})));
  CHECK_FALSE(std::is_constructible_v<bool, Symbol>);
}

TEST_CASE("Operations on symbols of whole numbers give the types that those on tensors give") {
  const Symbol x = Input({4}, {.dtype = int32, .name = "x"});
  const Tensor data = tensor({{0, 1, 2, 3}, {7, 7, -1, 5}}).astype(int32);
  check(x, x + 1, data, data + 1);
  check(x, x * 0.5, data, data * 0.5);
  check(x, x / 2, data, data / 2);
  check(x, x != 0, data, data != 0);
  check(x, x < 2.5, data, data < 2.5);
  check(x, x < 5000000000, data, ones({2, 4}).astype(bool_));
  check(x, sum(x, -1), data, sum(data, -1));
  check(x, mean(x, -1), data, mean(data, -1));
  check(x, x[{Slice{}, Slice{1}}], data, data[{Slice{}, Slice{1}}]);
  check(x, cast(x, float32), data, data.astype(float32));
  CHECK(arguments_of_last(Model(x, x != 0)).list()[1] == Config(0));
  const Symbol wide = Input({4}, {.dtype = float64, .name = "x"});
  check(wide, wide + 1, data.astype(float64), data.astype(float64) + 1);
  CHECK_THROWS_WITH(x + 5000000000, Contains("5000000000"));
}

TEST_CASE("Operations are called as Keras calls them") {
  const Symbol x = Input({4}, {.name = "x"});
  const auto class_of = [](const Symbol& y) { return y.node().layer().class_name(); };
  CHECK(class_of(x != 0) == "NotEqual");
  CHECK(class_of(x == 0) == "Equal");
  CHECK(class_of(x < 0) == "Less");
  CHECK(class_of(x <= 0) == "LessEqual");
  CHECK(class_of(x > 0) == "Greater");
  CHECK(class_of(x >= 0) == "GreaterEqual");
  CHECK(class_of(0 < x) == "Greater");  // as Python does
  CHECK(class_of(logical_or(x, x)) == "LogicalOr");
  CHECK(class_of(logical_not(x)) == "LogicalNot");
  CHECK(class_of(x[0]) == "GetItem");
  CHECK(class_of(x / 2) == "TrueDivide");
  CHECK(class_of(divide(x, 2)) == "Divide");
  CHECK((x != 0).name().starts_with("not_equal"));
  CHECK(x[0].name().starts_with("get_item"));
}

TEST_CASE("Symbols are reshaped, the batch and all, and chosen from by conditions") {
  const Symbol x = Input({2, 6}, {.name = "x"});
  const Tensor data = rand({3, 2, 6});
  check(x, reshape(x, {-1, 4, 3}), data, data.reshape({-1, 4, 3}));
  check(x, reshape(x, {3, 2, 3, 2}), data, data.reshape({3, 2, 3, 2}));
  CHECK(reshape(x, {-1, 4, 3}).shape() == Shape{-1, 4, 3});
  CHECK(reshape(x, {-1, 5}).shape() == Shape{-1, 5});  // fits 5 samples
  CHECK_THROWS_WITH(reshape(x, {4, 4}), Contains("a tensor of shape [-1, 2, 6] does not fit into shape [4, 4]"));
  CHECK_THROWS_WITH(reshape(x, {-1, -1}), Contains("[-1, -1] is not a shape"));
  CHECK_THROWS_WITH(layers::Operation({.op = "reshape"}), Contains("reshape takes a newshape"));

  const Tensor row = rand({6});
  const Symbol over = x > 0.5;
  const Tensor is_over = data > 0.5;
  check(x, where(over, x, -x), data, where(is_over, data, -data));
  check(x, where(over, x, 0.5), data, where(is_over, data, 0.5));
  check(x, where(over, 1, x), data, where(is_over, 1, data));
  check(x, where(over, row, x), data, where(is_over, row, data));
  check(x, where(over, x, row), data, where(is_over, data, row));
  check(x, where(over, 1, 0), data, is_over.astype(int32));
  check(x, where(over, 1.0, 0), data, is_over.astype(float32));
  check(x, where(over, true, false), data, is_over);
  check(x, where(cast(over, int32), x, 2), data, where(is_over, data, 2));
  CHECK(arguments_of_last(Model(x, where(over, 2, x))).list()[1] == Config(2));
  CHECK_THROWS_WITH(where(over, x, ones({4})), Contains("where: shapes do not broadcast: [-1, 2, 6] and [4]"));
}

TEST_CASE("Reshape and Where are read as Keras writes them") {
  const auto operation = [](const std::string& class_name, const std::string& name, const std::string& config,
                            const std::string& arguments) {
    return R"({"module": "keras.src.ops.numpy", "class_name": ")" + class_name + R"(", "config": {"name": ")" + name +
           '"' + config + R"(}, "registered_name": ")" + class_name + R"(", "name": ")" + name +
           R"(", "inbound_nodes": [{"args": [)" + arguments + R"(], "kwargs": {}}]})";
  };
  const Tensor data = rand({3, 2, 6}) - 0.5;
  const Model reshaped =
      model_of("[null, 2, 6]", operation("Reshape", "reshape", R"(, "newshape": [-1, 12])", tensor_of("x")), "reshape");
  CHECK(array_equal(reshaped(data), data.reshape({-1, 12})));
  const Config written = layers::serialize(reshaped).at("config").at("layers").list().back();
  CHECK(written.at("config") == parse_json(R"({"newshape": [-1, 12]})"));
  CHECK(written.at("name") == Config("reshape"));

  const std::string condition = operation("Greater", "greater", "", tensor_of("x") + ", 0.0");
  const std::string row =
      R"({"class_name": "__tensor__", "config": {"value": [[1, 2, 3, 4, 5, 6]], "dtype": "float32"}})";
  const Model chosen = model_of(
      "[null, 2, 6]",
      condition + ", " + operation("Where", "where", "", tensor_of("greater") + ", " + tensor_of("x") + ", " + row),
      "where");
  CHECK(array_equal(chosen(data), where(data > 0, data, arange(1, 7).astype(float32))));
  CHECK(models::model_from_json(chosen.to_json()).to_json() == chosen.to_json());
  const std::string kept = R"({"class_name": "__tensor__", "config": {"value": [[1], [0]], "dtype": "bool"}})";
  const Model fixed =
      model_of("[null, 2, 6]", operation("Where", "where", "", kept + ", " + tensor_of("x") + ", 7"), "where");
  CHECK(array_equal(fixed(data), concatenate({data.slice(1, {0, 1}), full({3, 1, 6}, 7)}, 1)));
}

TEST_CASE("A mask that a file computes is that of the layer it is given to") {
  const std::string pool =
      R"({"module": "keras.layers", "class_name": "GlobalAveragePooling1D", "config": {"name": "pool"}, "name": "pool",
          "inbound_nodes": [{"args": [)" +
      tensor_of("x") + R"(], "kwargs": {"mask": )" + tensor_of("any") + "}}]}";
  const std::string masks =
      R"({"module": "keras.src.ops.numpy", "class_name": "NotEqual", "config": {"name": "not_equal"},
          "registered_name": "NotEqual", "name": "not_equal", "inbound_nodes": [{"args": [)" +
      tensor_of("x") + R"(, 0.0], "kwargs": {}}]}, {"module": "keras.src.ops.numpy", "class_name": "Any",
          "config": {"name": "any", "axis": [-1], "keepdims": false}, "registered_name": "Any", "name": "any",
          "inbound_nodes": [{"args": [)" +
      tensor_of("not_equal") + R"(], "kwargs": {}}]}, )";
  const Model model = model_of("[null, 3, 1]", masks + pool, "pool");
  const Tensor data = tensor({{{1.0}, {3.0}, {0.0}}, {{5.0}, {0.0}, {0.0}}}).astype(float32);
  CHECK(model(data).flatten().to_vector<double>() == std::vector<double>{2, 5});
  CHECK(models::model_from_json(model.to_json()).to_json() == model.to_json());
  CHECK(array_equal(models::clone_model(model)(data), model(data)));
}

TEST_CASE("Masks of several inputs may be missing") {
  const std::string text =
      R"({"module": "keras.src.ops.numpy", "class_name": "Greater", "config": {"name": "greater"},
          "registered_name": "Greater", "name": "greater", "inbound_nodes": [{"args": [)" +
      tensor_of("x") + R"(, 0], "kwargs": {}}]}, {"module": "keras.src.ops.numpy", "class_name": "Any",
          "config": {"name": "any", "axis": -1, "keepdims": false}, "registered_name": "Any", "name": "any",
          "inbound_nodes": [{"args": [)" +
      tensor_of("greater") +
      R"(], "kwargs": {}}]}, {"module": "keras.layers", "class_name": "Attention", "config": {"name": "attention"},
          "name": "attention", "inbound_nodes": [{"args": [[)" +
      tensor_of("x") + ", " + tensor_of("x") + R"(]], "kwargs": {"mask": [null, )" + tensor_of("any") + "]}}]}";
  const Model model = model_of("[null, 3, 2]", text, "attention");
  const Tensor data = tensor({{{1.0, 2.0}, {3.0, 1.0}, {-1.0, -1.0}}}).astype(float32);
  const layers::Attention attention;
  const Tensor expected = attention(data, data, {.value_mask = tensor({{true, true, false}})});
  CHECK(allclose(model(data), expected));
  CHECK(models::model_from_json(model.to_json()).to_json() == model.to_json());
}
