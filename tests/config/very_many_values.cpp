#include <string>
#include <xtape/json.hpp>

#include "catch.hpp"

using namespace xtape;

TEST_CASE("JSON has at most four million values") {
  std::string values = "[0";
  for (int i = 2; i < 1 << 22; ++i) values += ",0";
  CHECK(parse_json(values + "]").list().size() == (1 << 22) - 1);
  CHECK_THROWS_WITH(parse_json(values + ",0]"), "JSON: there are more than 4194304 values");
}
