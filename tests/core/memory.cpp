#include <exception>
#include <new>
#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

#if defined(__SANITIZE_ADDRESS__)
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

TEST_CASE("a layer whose weights are too large says so") {
  const auto build = [] { Sequential model{layers::InputLayer({1 << 22}), layers::Dense(1 << 22, {.name = "wide"})}; };
  CHECK_THROWS_AS(build(), OutOfMemory);
  CHECK_THROWS_WITH(build(), Contains("wide: ") && Contains("[4194304, 4194304]"));
}

TEST_CASE("the cache is given back before memory runs out") {
  zeros({1 << 20});
  CHECK_THROWS_AS(zeros(too_large), OutOfMemory);
  CHECK(memory_statistics().cached_bytes < int64_t{1} << 20);
  // All goes on afterwards.
  CHECK(sum(ones({1 << 20})).item() == 1 << 20);
}
