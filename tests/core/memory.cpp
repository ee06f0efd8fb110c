#include <exception>
#include <limits>
#include <new>
#include <string>
#include <xtape/xtape.hpp>

#include "address_sanitizer.hpp"
#include "catch.hpp"

using namespace xtape;

#if defined(XTAPE_ADDRESS_SANITIZER)
// What cannot be had is null, as without the sanitizer.
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace {

// 64 TiB, which no machine of today has.
const Shape too_large = {1 << 22, 1 << 22};

}  // namespace

TEST_CASE("memory that cannot be had is an error that names the tensor") {
  CHECK_THROWS_WITH(zeros(too_large), Contains("zeros: a tensor of shape [4194304, 4194304] and type float32 needs "
                                               "70368744177664 bytes (64.0 TiB)") &&
                                          Contains("in use") && Contains("cached"));
  CHECK_THROWS_WITH(rand(too_large), Contains("rand: a tensor of shape"));
  CHECK_THROWS_WITH(ones({1}).broadcast_to(too_large) + 1, Contains("[4194304, 4194304]"));
  CHECK_THROWS_AS(zeros(too_large), OutOfMemory);
  CHECK_THROWS_AS(zeros(too_large), Error);
  CHECK_THROWS_AS(zeros(too_large), std::bad_alloc);
  CHECK_THROWS_AS(zeros(too_large), std::exception);
}

TEST_CASE("memory for a copy of an operand is that of the operation") {
  const Tensor x = ones({1}).broadcast_to(too_large), row = ones({1}).broadcast_to({int64_t{1} << 44});
  const auto begins_with = [](const std::string& name) { return Catch::Matchers::StartsWith(name + ": a tensor of"); };
  CHECK_THROWS_WITH(x.clone(), begins_with("clone"));
  CHECK_THROWS_WITH(x.contiguous(), begins_with("contiguous"));
  CHECK_THROWS_WITH(x.astype(float64), begins_with("astype"));
  CHECK_THROWS_WITH(relu(x), begins_with("relu"));
  CHECK_THROWS_WITH(exp(x.astype(float32)), begins_with("exp"));
  CHECK_THROWS_WITH(x + 1, begins_with("add"));
  CHECK_THROWS_WITH(x * x, begins_with("multiply"));
  CHECK_THROWS_WITH(softmax(x), begins_with("softmax"));
  CHECK_THROWS_WITH(log_softmax(x, 0), begins_with("log_softmax"));
  CHECK_THROWS_WITH(dropout(x, 0.5), begins_with("dropout"));
  CHECK_THROWS_WITH(layer_norm(x, {}, {}), begins_with("layer_norm"));
  CHECK_THROWS_WITH(batch_norm(x, {}, {}), begins_with("batch_norm"));
  CHECK_THROWS_WITH(dense(x, ones({1 << 22, 2}), {}), begins_with("dense"));
  CHECK_THROWS_WITH(max_pool2d(x.reshape({1, 1 << 22, 1 << 22, 1})), begins_with("max_pool2d"));
  CHECK_THROWS_WITH(conv2d(x.reshape({1, 1 << 22, 1 << 22, 1}), ones({1, 1, 1, 1})), begins_with("conv2d"));
  CHECK_THROWS_WITH(take(row, tensor({0})), begins_with("take"));
  CHECK_THROWS_WITH(concatenate({row, row}), begins_with("concatenate"));
  CHECK_THROWS_WITH(sparse_categorical_crossentropy_from_logits(zeros({1 << 22}), x),
                    begins_with("sparse_categorical_crossentropy"));
}

TEST_CASE("errors inside of a composition name the operation that was called first") {
  const Tensor x = ones({1}).broadcast_to(too_large);
  const auto begins_with = [](const std::string& text) { return Catch::Matchers::StartsWith(text); };
  CHECK_THROWS_AS(stack({x, x}), OutOfMemory);
  CHECK_THROWS_WITH(stack({x, x}), begins_with("stack: concatenate: a tensor of shape"));
  CHECK_THROWS_WITH(prod(x, 0), begins_with("prod: multiply: "));
  CHECK_THROWS_WITH(where(x, 1, x), begins_with("where: not_equal: "));
  CHECK_THROWS_WITH(var(x, 0), begins_with("var: "));
  CHECK_THROWS_WITH(x.std(0), begins_with("std: "));
  CHECK_THROWS_WITH(logsumexp(x, 0), begins_with("logsumexp: "));
  CHECK_THROWS_WITH(isfinite(x), begins_with("isfinite: "));
  CHECK_THROWS_WITH(allclose(x, x), begins_with("allclose: "));
  CHECK_THROWS_WITH(logical_and(x, x), begins_with("logical_and"));
  CHECK_THROWS_WITH(categorical_crossentropy(x, x), begins_with("categorical_crossentropy: "));
  CHECK_THROWS_WITH(binary_crossentropy(x, x), begins_with("binary_crossentropy: "));
}

TEST_CASE("a list of views that has no place in memory is an error too") {
  const int64_t many = 1'000'000'000'000;
  CHECK_THROWS_AS(split(zeros({0}), many), OutOfMemory);
  CHECK_THROWS_WITH(split(zeros({0}), many), Contains("split: a list of 1000000000000 views needs "));
  CHECK_THROWS_AS(split(ones({1}).broadcast_to({many}), many), OutOfMemory);
  CHECK_THROWS_AS(split(zeros({0}), std::numeric_limits<int64_t>::max()), OutOfMemory);
  CHECK(split(zeros({0}), 100'000).size() == 100'000);
  CHECK(split(zeros({0, 2}), 3)[2].shape() == Shape{0, 2});
}

TEST_CASE("reductions of a broadcast view take no memory for what is repeated") {
  const Tensor x = tensor({{1.0}, {2.0}, {6.0}}, float64).set_requires_grad();
  // 1.5 GiB, if it were copied.
  const int64_t many = 1 << 26;
  const int64_t before = memory_statistics().peak_bytes;
  const Tensor wide = x.broadcast_to({3, many});
  CHECK(mean(wide).item() == 3);
  CHECK(sum(wide).item() == 9.0 * many);
  CHECK(array_equal(mean(wide, 1), tensor({1.0, 2.0, 6.0}, float64)));
  CHECK(max(wide).item() == 6);
  CHECK(array_equal(min(wide, 1, true), x.detach()));
  CHECK(array_equal(argmax(wide, 1), tensor({0, 0, 0})));
  CHECK(array_equal(grad(mean(wide), x), full({3, 1}, 1.0 / 3, float64)));
  CHECK(memory_statistics().peak_bytes < before + many);
  // Each repeated element has a gradient of its own.
  const Tensor leaf = ones({2, 1}).broadcast_to({2, 5}).detach().set_requires_grad();
  CHECK(array_equal(grad(sum(leaf), leaf), ones({2, 5})));
  CHECK(sum(tensor({7}, uint8).broadcast_to({1000})).item<int64_t>() == 7000);
}

TEST_CASE("a layer whose weights are too large says so") {
  const auto build = [] { Sequential model{layers::InputLayer({1 << 22}), layers::Dense(1 << 22, {.name = "wide"})}; };
  CHECK_THROWS_AS(build(), OutOfMemory);
  CHECK_THROWS_WITH(build(), Contains("wide: the weight kernel: ") && Contains("[4194304, 4194304]"));
}

TEST_CASE("the cache is given back before memory runs out") {
  zeros({1 << 20});
  CHECK_THROWS_AS(zeros(too_large), OutOfMemory);
  CHECK(memory_statistics().cached_bytes < int64_t{1} << 20);
  // All goes on afterwards.
  CHECK(sum(ones({1 << 20})).item() == 1 << 20);
}
