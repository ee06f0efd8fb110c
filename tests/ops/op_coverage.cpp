#include <set>
#include <string>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/declared_ops.hpp"

namespace xtape::test {
namespace {

// Declared in include/xtape/ops, but not functions of tensors to a tensor; tested elsewhere.
const std::set<std::string> others = {
    // tests/core/creation.cpp
    "tensor", "empty", "zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "arange", "linspace", "eye",
    "rand", "randn", "randint", "randperm", "from_data", "borrow_data",
    // tests/core/comparison.cpp
    "allclose", "array_equal",
    // tests/golden/optimizers.cpp
    "sgd_update", "adam_update", "rmsprop_update"};

}  // namespace

TEST_CASE("every declared op has a row in the table") {
  const std::set<std::string> declared = declared_ops();
  CHECK(declared.size() > 60);
  std::set<std::string> rows;
  for (const OpCase& row : op_cases()) {
    INFO("op " << row.op);
    CHECK(rows.insert(row.op).second);
    CHECK(row.samples.size() >= 2);
  }
  for (const std::string& name : declared) {
    INFO("op " << name << " needs a row in tests/ops/*_cases.cpp");
    CHECK((rows.contains(name) || others.contains(name)));
  }
}

}  // namespace xtape::test
