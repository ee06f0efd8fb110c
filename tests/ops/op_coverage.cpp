#include <set>
#include <string>

#include "catch.hpp"
#include "ops/op_cases.hpp"
#include "support/declared_ops.hpp"
#include "support/ops_without_row.hpp"

namespace xtape::test {

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
    CHECK((rows.contains(name) || ops_without_row.contains(name)));
  }
}

}  // namespace xtape::test
