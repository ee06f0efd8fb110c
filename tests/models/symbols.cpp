#include <string>
#include <vector>
#include <xtape/xtape.hpp>

#include "catch.hpp"

// Operations on symbols, and the shapes of calls.

using namespace xtape;

namespace {

// A layer whose `call` must not be asked for shapes.
struct AskedImpl : layers::LayerImpl {
  static inline int calls = 0;
  Tensor call(const Tensor& x) {
    ++calls;
    return x * 2;
  }
  Shape compute_output_shape(const Shape& input_shape) override { return input_shape; }
};
using Asked = Handle<AskedImpl>;

struct CropImpl : layers::LayerImpl {
  Tensor call(const Tensor& x, const Tensor& y) { return x + y; }
};
using Crop = Handle<CropImpl>;

}  // namespace

TEST_CASE("Symbols meet tensors and numbers on both sides") {
  const Symbol x = Input({3}, {.name = "x"});
  const Tensor row = tensor({1.0, 2.0, 3.0}).astype(float32), kernel = rand({3, 2}), data = rand({4, 3}) + 1;
  const auto check = [&](const Symbol& y, const Tensor& expected) {
    const Model model(x, y, {.name = "m"});
    CHECK(allclose(model(data), expected));
    const Model copy = models::model_from_json(model.to_json());
    CHECK(array_equal(copy(data), model(data)));
    CHECK(copy.to_json() == model.to_json());
  };
  check(x + row, data + row);
  check(row - x, row - data);
  check(x * row, data * row);
  check(row / x, row / data);
  check(2 - x, 2 - data);
  check(2 / x, 2 / data);
  check(pow(x, 2) + pow(2, x), pow(data, 2) + pow(full({1}, 2), data));
  check(maximum(x, row), maximum(data, row));
  check(minimum(1.5, x), minimum(data, full({1}, 1.5)));
  check(matmul(x, kernel), matmul(data, kernel));
  check(silu(sin(x)) + softplus(cos(x)), silu(sin(data)) + softplus(cos(data)));
  check(min(x, -1, true) + log1p(expm1(x)), min(data, -1, true) + log1p(expm1(data)));
}

TEST_CASE("Operations are written as Keras writes them") {
  const Symbol x = Input({3}, {.name = "x"});
  const Model model(x, mean(2.0 - x, 1), {.name = "m"});
  const Config config = layers::serialize(model);
  const Config::List& all = config.at("config").at("layers").list();
  REQUIRE(all.size() == 3);
  CHECK(all[1].at("module") == Config("keras.src.ops.numpy"));
  CHECK(all[1].at("class_name") == Config("Subtract"));
  CHECK(all[1].at("registered_name") == Config("Subtract"));
  CHECK(all[1].at("config").entries().size() == 1);
  const Config::List& arguments = all[1].at("inbound_nodes").list()[0].at("args").list();
  REQUIRE(arguments.size() == 2);
  CHECK(arguments[0] == Config(2.0));
  CHECK(arguments[1].at("class_name") == Config("__keras_tensor__"));
  CHECK(all[2].at("class_name") == Config("Mean"));
  CHECK(all[2].at("config").at("axis") == Config(1));
  CHECK_THROWS_WITH(layers::Operation({.op = "ad"}), Contains("unknown operation \"ad\"") && Contains("\"add\""));
  const layers::Layer alone = layers::clone(layers::Layer(layers::Operation({.op = "add", .constant = 3})));
  CHECK(alone(ones({2})).to_vector<double>() == std::vector<double>{4, 4});
}

TEST_CASE("Shapes of symbols are found without calls where layers know them") {
  const Symbol x = Input({-1, 3}), y = Input({5, 1});
  AskedImpl::calls = 0;
  const Symbol z = Asked()(x) + y;
  CHECK(z.shape() == Shape{-1, 5, 3});
  const Model inner(x, Asked()(Asked()(x)));
  const Symbol fixed = Input({7, 3});
  CHECK(inner(fixed).shape() == Shape{-1, 7, 3});
  CHECK(inner.compute_output_shape({4, 7, 3}) == Shape{4, 7, 3});
  CHECK(AskedImpl::calls == 0);
  CHECK(inner.layers()[1].impl().nodes().size() == 1);
}

TEST_CASE("Errors of calls on symbols name the user's shapes") {
  const Symbol x = Input({3}), y = Input({4});
  CHECK_THROWS_WITH(x + y, Contains("add: shapes do not broadcast: [-1, 3] and [-1, 4]"));
  CHECK_THROWS_WITH(x + ones({4}), Contains("shapes do not broadcast: [-1, 3] and [4]"));
  CHECK_THROWS_WITH(Crop()(x, y), Contains("(tried on zeros for inputs [-1, 3], [-1, 4])"));
  const Model inner(x, layers::Dense(2)(x), {.name = "inner"});
  CHECK_THROWS_WITH(inner(y), "inner: the input \"" + x.name() + "\" has the shape [-1, 3], given [-1, 4]");
}

TEST_CASE("Errors of operations on symbols show the user's shapes alone") {
  const Symbol x = Input({-1, 3}), y = Input({5, 2});
  const auto check = [](const auto& call, const std::string& expected) {
    CHECK_THROWS_WITH(call(), Contains(expected) && !Contains("tried on zeros"));
  };
  check([&] { matmul(x, y); }, "matmul: inner dimensions differ: a [-1, -1, 3], b [-1, 5, 2]");
  check([&] { matmul(x, ones({4, 2})); }, "matmul: inner dimensions differ: a [-1, -1, 3], b [4, 2]");
  check([&] { matmul(ones({2}), y); }, "matmul: inner dimensions differ: a [2], b [-1, 5, 2]");
  const Symbol stacks = Input({4, 5, 3}), others = Input({7, 3, 2});
  check([&] { matmul(stacks, others); }, "leading dimensions do not broadcast: a [-1, 4, 5, 3], b [-1, 7, 3, 2]");
  check([&] { squeeze(x, 2); }, "squeeze: axis 2 of shape [-1, -1, 3] is not of length 1");
  check([&] { sum(x, 3); }, "sum: axis 3 is out of range for the shape [-1, -1, 3]");
  const layers::Operation joined({.op = "concatenate", .axis = 1});
  check([&] { joined({x, y}); }, "concatenate: shapes differ outside axis 1: [-1, -1, 3] and [-1, 5, 2]");
  CHECK_THROWS_AS(layers::Operation({.op = "concatenate", .axis = 4})({x, x}), IndexError);
  check([&] { expand_dims(x, 5); }, "expand_dims: axis 5 is out of range for the shape [-1, -1, 3]");
  check([&] { expand_dims(x, -5); }, "expand_dims: axis -5 is out of range for the shape [-1, -1, 3]");
  CHECK_THROWS_WITH(layers::Operation({.op = "expand_dims", .axis = Axes{1, -4}})(x), Contains("given twice"));
  CHECK(Symbol(layers::Operation({.op = "expand_dims", .axis = Axes{1, -1}})(x)).shape() == Shape{-1, 1, -1, 3, 1});
  check([&] { squeeze(x, {0, 4}); }, "squeeze: axis 4 is out of range for the shape [-1, -1, 3]");
  check([&] { any(x, {1, -4}, true); }, "any: axis -4 is out of range for the shape [-1, -1, 3]");
  CHECK_THROWS_AS(max(x, 3), IndexError);
  check([&] { x.slice(1, {.step = 0}); }, "slice: step must not be 0");
  check([&] { x.slice(2, {.step = 0}); }, "slice: step must not be 0");
  check([&] { x + Tensor(); }, "add: the tensor beside a symbol is undefined");
  check([&] { return Tensor() < x; }, "greater: the tensor beside a symbol is undefined");
  check([&] { where(x > 0, Tensor(), x); }, "where: the tensor beside a symbol is undefined");
  check([&] { matmul(Tensor(), x); }, "matmul: the tensor beside a symbol is undefined");
}

TEST_CASE("Operations refuse options that they do not take") {
  const auto check = [](layers::OperationOptions options, const std::string& expected) {
    CHECK_THROWS_WITH(layers::Operation(std::move(options)), Contains(expected));
  };
  check({.op = "add", .constants = {{}, {}, 2}}, "add takes 2 tensors");
  check({.op = "squeeze", .constant = 3}, "squeeze takes no constant, given 3");
  check({.op = "where", .constant = 3}, "where takes no constant, given 3");
  check({.op = "tanh", .constants = {{}, 2}}, "tanh takes no constants, given [null,2]");
  check({.op = "add", .key = 1}, "add takes no key, given 1");
  check({.op = "sum", .newshape = Shape{-1, 2}}, "sum takes no newshape, given [-1,2]");
  check({.op = "relu", .axis = 1}, "relu takes no axis, given 1");
  check({.op = "concatenate", .axis = Axes(std::vector<int>{})}, "concatenate takes one axis, given []");
  check({.op = "squeeze", .keepdims = true}, "squeeze takes no keepdims, given true");
  // All that are listed in a configuration may be there, where they say nothing.
  const layers::Operation plain({.op = "tanh", .name = "t"});
  CHECK(layers::Operation::from_config(plain.get_config()).get_config() == plain.get_config());
}

TEST_CASE("Shapes of operations on symbols are those of tensors, where they are known") {
  const Symbol x = Input({-1, 3}), y = Input({3, 2}), column = Input({1});
  CHECK(matmul(x, y).shape() == Shape{-1, -1, 2});
  CHECK(matmul(x, ones({3})).shape() == Shape{-1, -1});
  CHECK(matmul(ones({3}), y).shape() == Shape{-1, 2});
  CHECK(sum(x, 1).shape() == Shape{-1, 3});
  CHECK(sum(x, {-1, 0}, true).shape() == Shape{1, -1, 1});
  CHECK(mean(x, {}).shape() == Shape{});
  CHECK(squeeze(column, 1).shape() == Shape{-1});
  CHECK(squeeze(column, {}).shape() == Shape{-1});
  CHECK(squeeze(x, 1).shape() == Shape{-1, 3});
  CHECK(expand_dims(x, -1).shape() == Shape{-1, -1, 3, 1});
  CHECK(expand_dims(x, 1).shape() == Shape{-1, 1, -1, 3});
  const layers::Operation joined({.op = "concatenate", .axis = 1});
  CHECK(Symbol(joined({x, y[{Slice{}, Slice{}, Slice{0, 1}}] * ones({3})})).shape() == Shape{-1, -1, 3});
}

TEST_CASE("A layer tells what it took and gave as it was called on symbols") {
  const layers::Dense dense(2, {.name = "dense"});
  const Symbol x = Input({3}), y = Input({3});
  const Symbol first = dense(x);
  CHECK(dense.input().is(x));
  CHECK(dense.output().is(first));
  const Symbol second = dense(y);
  CHECK(dense.input(1).is(y));
  CHECK(dense.input().is(x));
  CHECK(dense.output().is(first));
  CHECK_THROWS_WITH(dense.input(2), Contains("called on symbols 2 times, asked for call 2"));
  const layers::Add add;
  const Symbol sum = add({first, second});
  CHECK_THROWS_WITH(add.input(), Contains("took 2 symbols"));
  const Model model({x, y}, sum);
  CHECK(model.output().is(sum));
  CHECK_THROWS_WITH(model.input(), Contains("the model has 2 inputs; take inputs()"));
}

TEST_CASE("Operations with options of their own become layers") {
  const Symbol x = Input({4, 3});
  const std::vector<Symbol> halves = split(x, 2, 1);
  const Symbol labels = argmax(x, -1);
  const std::vector<Symbol> outputs = {softmax(x, 1),
                                       log_softmax(x),
                                       gelu(x, true),
                                       clip(x, -0.5, 0.5),
                                       permute(x, {0, 2, 1}),
                                       halves[0],
                                       halves[1],
                                       stack({x, 2 * x}, 1),
                                       einsum("bij,bkj->bik", {x, x}),
                                       one_hot(labels, 3),
                                       take(x, tensor({2, 0}), 1),
                                       var(x, -1, true),
                                       layers::Operation({.op = "std", .axis = 1})(x),
                                       prod(x, {}),
                                       argmin(x, 1),
                                       take(x, labels, 1)};
  CHECK(labels.shape() == Shape{-1, 4});
  CHECK(labels.dtype() == int64);
  CHECK(outputs[7].shape() == Shape{-1, 2, 4, 3});
  CHECK(outputs[4].shape() == Shape{-1, 3, 4});
  CHECK(outputs[9].dtype() == float32);
  const Model model(x, outputs);
  const Tensor t = randn({5, 4, 3});
  const Tensor l = xtape::argmax(t, -1);
  const std::vector<Tensor> expected = {softmax(t, 1),
                                        log_softmax(t),
                                        gelu(t, true),
                                        clip(t, -0.5, 0.5),
                                        xtape::permute(t, {0, 2, 1}),
                                        t.slice(1, {0, 2}),
                                        t.slice(1, {2, 4}),
                                        stack({t, 2 * t}, 1),
                                        einsum("bij,bkj->bik", {t, t}),
                                        one_hot(l, 3),
                                        take(t, tensor({2, 0}).astype(int64), 1),
                                        var(t, -1, true),
                                        xtape::std(t, 1),
                                        prod(t),
                                        argmin(t, 1),
                                        take(t, l, 1)};
  const Model copy = models::model_from_json(model.to_json());
  const std::vector<Tensor> given = model.call_all({t}), again = copy.call_all({t});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(array_equal(given[i], expected[i]));
    CHECK(array_equal(again[i], expected[i]));
  }
  const layers::Operation taken({.op = "take", .constant = 1, .options = parse_json(R"({"axis": 1})")});
  CHECK(array_equal(layers::clone(static_cast<const layers::Layer&>(taken))(t), t.select(1, 1)));
  CHECK_THROWS_WITH(softmax(x, 3), Contains("softmax: axis 3 is out of range for the shape [-1, 4, 3]"));
  CHECK_THROWS_WITH((layers::Operation({.op = "tile"})), Contains("tile takes repeats"));
  Config options = Config::dict();
  options.set("axs", 1);
  CHECK_THROWS_WITH((layers::Operation({.op = "softmax", .options = options})),
                    Contains("unknown option of softmax \"axs\"; the nearest known names are \"axis\""));
}

TEST_CASE("Operations are read as Keras writes them") {
  const auto read = [](const std::string& class_name, const std::string& options, const std::string& more = "") {
    const std::string x = R"({"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 2], "dtype": "float32",
                             "keras_history": ["x", 0, 0]}})";
    return models::model_from_json(
        R"({"class_name": "Functional", "config": {"name": "m", "layers": [{"module": "keras.layers",
            "class_name": "InputLayer", "config": {"batch_shape": [null, 4, 2], "name": "x"}, "name": "x",
            "inbound_nodes": []}, {"module": "keras.src.ops.numpy", "class_name": ")" +
        class_name + R"(", "config": )" + options + R"(, "name": "op", "inbound_nodes": [{"args": [)" + x + more +
        R"(], "kwargs": {}}]}], "input_layers": [["x", 0, 0]], "output_layers": [["op", 0, 0]]}})");
  };
  const Tensor x = arange(8).astype(float32).reshape({1, 4, 2});
  CHECK(
      array_equal(read("Split", R"({"name": "op", "indices_or_sections": [1, 3], "axis": 1})")(x), x.slice(1, {0, 1})));
  CHECK(array_equal(read("Tile", R"({"name": "op", "repeats": [1, 1, 2]})")(x), concatenate({x, x}, 2)));
  CHECK(array_equal(read("Take", R"({"name": "op", "axis": 1})", ", [3, 0]")(x),
                    concatenate({x.slice(1, {3, 4}), x.slice(1, {0, 1})}, 1)));
  CHECK(array_equal(read("Take", R"({"name": "op", "axis": 1})", ", -1")(x), x.select(1, -1)));
  CHECK(array_equal(read("Argmax", R"({"name": "op", "axis": null, "keepdims": false})")(x), full({}, 7, int64)));
  CHECK(array_equal(read("Pad", R"({"name": "op", "pad_width": [[0, 0], [1, 0], [0, 2]], "mode": "constant"})")(x),
                    pad(x, {{0, 0}, {1, 0}, {0, 2}})));
  CHECK(array_equal(read("Transpose", R"({"name": "op", "axes": [0, 2, 1]})")(x), transpose(x, 1, 2)));
  CHECK_THROWS_WITH(read("Cumsum", R"({"name": "op", "axis": 1})"), Contains("unknown operation \"Cumsum\""));
  CHECK_THROWS_WITH(read("Normalize", R"({"name": "op", "axis": [1, 2], "order": 1, "epsilon": null})"),
                    Contains("normalize: order must be 2 along several axes, given 1"));
  CHECK_THROWS_WITH(read("Pad", R"({"name": "op", "pad_width": 1, "mode": "reflect"})"),
                    Contains("mode must be \"constant\", given \"reflect\""));
}
