#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

// Messages name the op, what was given and what was expected.

TEST_CASE("an error is a path and a message") {
  ShapeError error("shapes differ");
  CHECK(error.path().empty());
  CHECK(std::string(error.what()) == "shapes differ");
  error.prepend_path("dense");
  error.prepend_path("sequential");
  CHECK(error.path() == "sequential/dense");
  CHECK(std::string(error.what()) == "sequential/dense: shapes differ");
  const ShapeError copy = error;
  error.set_message("lengths differ");
  CHECK(error.message() == "lengths differ");
  CHECK(std::string(error.what()) == "sequential/dense: lengths differ");
  CHECK(std::string(copy.what()) == "sequential/dense: shapes differ");
  CHECK(std::string(IOError("no such file", "model").what()) == "model: no such file");
}

TEST_CASE("shapes that do not broadcast") {
  const Tensor a = ones({2, 3}), b = ones({4});
  CHECK_THROWS_AS(a + b, ShapeError);
  CHECK_THROWS_WITH(a + b, "add: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(a - b, "subtract: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(a * b, "multiply: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(a / b, "divide: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(power(a, b), "power: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(minimum(a, b), "minimum: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(logical_and(a, b), "logical_and: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(logical_or(a, b), "logical_or: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(allclose(a, b), "allclose: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_WITH(a < b, "less: shapes do not broadcast: [2, 3] and [4]");
  CHECK_THROWS_AS(where(a > 0, a, b), ShapeError);
  CHECK_THROWS_WITH(where(a > 0, a, b), Contains("where: shapes do not broadcast"));
  CHECK_THROWS_AS(a += b, ShapeError);
  CHECK(array_equal(a, ones({2, 3})));
  CHECK_THROWS_AS(a.broadcast_to({2, 4}), ShapeError);
  CHECK_THROWS_AS(a.broadcast_to({3}), ShapeError);
  CHECK_THROWS_WITH(a.broadcast_to({3}), "broadcast_to: a tensor of shape [2, 3] does not broadcast to [3]");
  CHECK(broadcast_shapes({2, 1, 4}, {3, 1}) == Shape{2, 3, 4});
  CHECK(broadcast_shapes({0}, {1}) == Shape{0});
  CHECK_THROWS_AS(broadcast_shapes({0}, {2}), ShapeError);
  // A ShapeError is a ValueError is an Error.
  CHECK_THROWS_AS(a + b, ValueError);
  CHECK_THROWS_AS(a + b, Error);
}

TEST_CASE("every error is a std::exception, and goes where one is expected") {
  const auto text = [](const std::exception& error) { return std::string(error.what()); };
  try {
    throw ShapeError("op: shapes differ");
  } catch (const Error& error) {
    CHECK(text(error) == "op: shapes differ");
  }
  CHECK_THROWS_AS(throw DTypeError("op"), std::runtime_error);
  CHECK_THROWS_WITH(throw OutOfMemory("op: a tensor"), "op: a tensor");
  CHECK_THROWS_AS(throw OutOfMemory("op: a tensor"), std::exception);
}

TEST_CASE("matrices that do not multiply") {
  CHECK_THROWS_AS(matmul(ones({2, 3}), ones({4, 5})), ShapeError);
  CHECK_THROWS_WITH(matmul(ones({2, 3}), ones({4, 5})), "matmul: inner dimensions differ: a [2, 3], b [4, 5]");
  CHECK_THROWS_WITH(matmul(ones({3}), ones({4, 5})), "matmul: inner dimensions differ: a [3], b [4, 5]");
  CHECK_THROWS_AS(matmul(ones({}), ones({4, 5})), ShapeError);
  CHECK_THROWS_AS(matmul(ones({2, 2, 3}), ones({3, 3, 2})), ShapeError);
  CHECK_THROWS_WITH(matmul(ones({2, 2, 3}), ones({3, 3, 2})), Contains("[2, 2, 3]") && Contains("[3, 3, 2]"));
  CHECK_THROWS_AS(dense(ones({2, 3}), ones({4, 5}), {}), ShapeError);
  CHECK_THROWS_WITH(dense(ones({2, 3}), ones({4, 5}), {}), Contains("[2, 3]") && Contains("[4, 5]"));
  CHECK_THROWS_AS(dense(ones({2, 3}), ones({3, 5}), ones({4})), ShapeError);
  CHECK_THROWS_AS(dense(ones({2, 3}), ones({3, 5}), {}, "swoosh"), ValueError);
  CHECK_THROWS_WITH(dense(ones({2, 3}), ones({3, 5}), {}, "swoosh"), Contains("swoosh"));
}

TEST_CASE("axes out of range or given twice") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_AS(sum(x, 2), IndexError);
  CHECK_THROWS_WITH(sum(x, 2), "sum: axis 2 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(mean(x, -3), "mean: axis -3 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(max(x, {0, 5}), "max: axis 5 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(logsumexp(x, 4), "logsumexp: axis 4 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(softmax(x, 2), "softmax: axis 2 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(argmax(x, 2), "argmax: axis 2 is out of range for a tensor of rank 2");
  CHECK_THROWS_AS(sum(x, {0, -2}), ValueError);
  CHECK_THROWS_WITH(sum(x, {0, -2}), "sum: axis -2 is given twice");
  CHECK_THROWS_AS(x.permute({0, 0}), ValueError);
  CHECK_THROWS_AS(x.permute({0}), ShapeError);
  CHECK_THROWS_AS(x.permute({0, 2}), IndexError);
  CHECK_THROWS_AS(x.transpose(0, 2), IndexError);
  CHECK_THROWS_AS(x.expand_dims(4), IndexError);
  CHECK_THROWS_AS(x.squeeze(0), ShapeError);
  CHECK_THROWS_WITH(x.squeeze(0), "squeeze: axis 0 of shape [2, 3] is not of length 1");
  CHECK_THROWS_AS(concatenate({x, x}, 2), IndexError);
  CHECK_THROWS_AS(stack({x, x}, 3), IndexError);
  CHECK_THROWS_AS(take(x, tensor({0}), 2), IndexError);
}

TEST_CASE("axes and counts that wrap are none") {
  const Tensor x = ones({2, 3});
  const auto wrapped = static_cast<std::size_t>(-1);
  const int64_t beyond = (int64_t{1} << 32) + 1;
  CHECK_THROWS_WITH(softmax(x, wrapped), "softmax: axis 2147483647 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(sum(x, beyond), "sum: axis 2147483647 is out of range for a tensor of rank 2");
  CHECK_THROWS_WITH(x.shape(-beyond), "shape: axis -2147483648 is out of range for a tensor of rank 2");
  CHECK_THROWS_AS(stack({x, x}, wrapped), IndexError);
  CHECK_THROWS_AS(split(x, wrapped), ShapeError);
  CHECK_THROWS_AS(one_hot(tensor({0}), wrapped), ShapeError);
  CHECK_THROWS_AS(layers::Dense(wrapped)(x), ShapeError);
  CHECK(softmax(x, std::size_t{1}).shape() == x.shape());
}

TEST_CASE("reductions of nothing") {
  CHECK(sum(zeros({0, 3})).item() == 0);
  CHECK(array_equal(sum(zeros({0, 3}), 0), zeros({3})));
  CHECK(prod(zeros({0})).item() == 1);
  CHECK(isnan(mean(zeros({0, 3}), 0)).to_vector<bool>() == std::vector<bool>(3, true));
  CHECK_THROWS_AS(max(zeros({0, 3})), ShapeError);
  CHECK_THROWS_WITH(max(zeros({0, 3})), Contains("max") && Contains("[0, 3]"));
  CHECK_THROWS_AS(min(zeros({2, 0}), 1), ShapeError);
  CHECK_THROWS_AS(argmax(zeros({2, 0}), 1), ShapeError);
  CHECK(max(zeros({2, 0}), 0).shape() == Shape{0});
}

TEST_CASE("tensors that do not fit together") {
  CHECK_THROWS_AS(concatenate({ones({2, 3}), ones({2, 4})}, 0), ShapeError);
  CHECK_THROWS_WITH(concatenate({ones({2, 3}), ones({2, 4})}, 0),
                    Contains("concatenate") && Contains("[2, 3]") && Contains("[2, 4]"));
  CHECK_THROWS_AS(concatenate(std::vector<Tensor>()), ValueError);
  CHECK_THROWS_AS(stack({ones({2}), ones({3})}), ShapeError);
  CHECK_THROWS_WITH(stack({ones({2}), ones({3})}), Contains("stack") && Contains("[2]") && Contains("[3]"));
  CHECK_THROWS_AS(split(ones({5, 2}), int64_t{2}), ShapeError);
  CHECK_THROWS_AS(split(ones({5, 2}), {2, 2}), ShapeError);
  CHECK_THROWS_AS(split(ones({5, 2}), int64_t{0}), ValueError);
  CHECK_THROWS_AS(pad(ones({2, 2}), {{1, 1}}), ShapeError);
  CHECK_THROWS_AS(pad(ones({2}), {{-1, 0}}), ValueError);
}

TEST_CASE("indices and labels out of range") {
  const Tensor x = ones({3, 2});
  CHECK_THROWS_AS(take(x, tensor({0, 3})), IndexError);
  CHECK_THROWS_WITH(take(x, tensor({0, 3})), Contains("take: index 3"));
  CHECK_THROWS_AS(take(x, tensor({-4})), IndexError);
  CHECK_THROWS_AS(take(x, tensor({0.5})), DTypeError);
  CHECK_THROWS_AS(take_along_axis(x, tensor({{3, 0}}), 0), IndexError);
  CHECK_THROWS_AS(take_along_axis(x, tensor({0}), 0), ShapeError);
  CHECK_THROWS_AS(one_hot(tensor({0, 3}), 3), IndexError);
  CHECK_THROWS_WITH(one_hot(tensor({0, 3}), 3), Contains("one_hot") && Contains("3"));
  CHECK_THROWS_AS(one_hot(tensor({-1}), 3), IndexError);
  const Tensor p = full({2, 3}, 0.3);
  CHECK_THROWS_AS(sparse_categorical_crossentropy(tensor({0, 3}), p), IndexError);
  CHECK_THROWS_WITH(sparse_categorical_crossentropy(tensor({0, 3}), p), Contains("3"));
  CHECK_THROWS_AS(sparse_categorical_crossentropy_from_logits(tensor({0, -1}), p), IndexError);
}

TEST_CASE("targets that do not fit predictions") {
  const Tensor p = full({2, 3}, 0.3);
  CHECK_THROWS_AS(categorical_crossentropy(ones({2, 4}), p), ShapeError);
  CHECK_THROWS_WITH(categorical_crossentropy(ones({2, 4}), p), Contains("[2, 4]") && Contains("[2, 3]"));
  CHECK_THROWS_AS(categorical_crossentropy_from_logits(ones({3, 3}), p), ShapeError);
  CHECK_THROWS_AS(sparse_categorical_crossentropy(tensor({0, 1, 2}), p), ShapeError);
  CHECK_THROWS_AS(binary_crossentropy(ones({3}), ones({2, 1})), ShapeError);
}

TEST_CASE("images that do not fit") {
  const Tensor x = ones({1, 4, 4, 2});
  CHECK_THROWS_AS(conv2d(ones({4, 4, 2}), ones({2, 2, 2, 1})), ShapeError);
  CHECK_THROWS_AS(conv2d(x, ones({2, 2, 3, 1})), ShapeError);
  CHECK_THROWS_WITH(conv2d(x, ones({2, 2, 3, 1})),
                    Contains("conv2d") && Contains("[1, 4, 4, 2]") && Contains("[2, 2, 3, 1]"));
  CHECK_THROWS_AS(conv2d(x, ones({5, 5, 2, 1})), ShapeError);
  CHECK_THROWS_AS(conv2d(x, ones({2, 2, 2, 1}), {.strides = {0, 1}}), ValueError);
  CHECK_THROWS_AS(conv2d(x, ones({2, 2, 2, 1}), {.padding = "full"}), ValueError);
  CHECK_THROWS_WITH(conv2d(x, ones({2, 2, 2, 1}), {.padding = "full"}), Contains("full"));
  CHECK_THROWS_AS(conv2d(x, ones({2, 2, 1, 3}), {.groups = 2}), ValueError);
  CHECK_THROWS_AS(max_pool2d(ones({4, 4, 2})), ShapeError);
  CHECK_THROWS_AS(max_pool2d(x, {.pool_size = {0, 2}}), ValueError);
  CHECK_THROWS_AS(avg_pool2d(x, {.pool_size = {5, 5}}), ShapeError);
  CHECK_THROWS_AS(avg_pool2d(x, {.padding = "full"}), ValueError);
}

TEST_CASE("numbers outside their range") {
  CHECK_THROWS_AS(clip(ones({2}), 1, 0), ValueError);
  CHECK_THROWS_AS(dropout(ones({2}), 1), ValueError);
  CHECK_THROWS_AS(dropout(ones({2}), -0.1), ValueError);
  CHECK_THROWS_WITH(dropout(ones({2}), 1.5), Contains("dropout") && Contains("1.5"));
  CHECK_THROWS_AS(set_num_threads(0), ValueError);
}
