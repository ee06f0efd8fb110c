#include <cmath>
#include <limits>
#include <string>
#include <xtape/xtape.hpp>

#include "catch.hpp"

using namespace xtape;

namespace {

struct Options {
  int64_t count = 3;
  double rate = 0.5;
  bool flag = true;
  std::string text = "a";
  std::optional<double> maybe = std::nullopt;
  Shape shape = {-1, 2};
  std::vector<int64_t> list = {1, 2};
  DType dtype = float32;
  void fields(Fields& f) {
    f("count", count)("rate", rate)("flag", flag)("text", text)("maybe", maybe)("shape", shape)("list", list);
    f("dtype", dtype).accept("unroll", false);
  }
};

}  // namespace

TEST_CASE("options are written and read by their names") {
  const std::string text =
      R"({"count":3,"rate":0.5,"flag":true,"text":"a","maybe":null,"shape":[null,2],"list":[1,2],"dtype":"float32"})";
  CHECK(write_fields(Options()).str() == text);
  const auto read = read_fields<Options>(
      parse_json(R"({"count":4,"maybe":2,"shape":[5],"list":[],"dtype":"float64","unroll":false,"text":null})"), "It");
  CHECK(read.count == 4);
  CHECK(read.maybe == 2.0);
  CHECK(read.shape == Shape{5});
  CHECK(read.list.empty());
  CHECK(read.dtype == float64);
  CHECK(read.rate == 0.5);
  CHECK(read.text == "");
  const auto policy = read_fields<Options>(
      parse_json(R"({"dtype": {"class_name": "DTypePolicy", "config": {"name": "float64"}}})"), "It");
  CHECK(policy.dtype == float64);
}

TEST_CASE("what does not fit the options is named") {
  const auto read = [](const char* text) { read_fields<Options>(parse_json(text), "It"); };
  CHECK_THROWS_WITH(read(R"({"cuont": 3})"),
                    Contains("unknown option of It \"cuont\"; the nearest known names are \"count\""));
  CHECK_THROWS_WITH(read(R"({"count": "three"})"), "It: count: expected an integer, given \"three\"");
  CHECK_THROWS_WITH(read(R"({"count": 2.5})"), "It: count: expected an integer, given 2.5");
  CHECK_THROWS_WITH(read(R"({"rate": true})"), "It: rate: expected a number, given true");
  CHECK_THROWS_WITH(read(R"({"shape": 3})"), "It: shape: expected a list, given 3");
  CHECK_THROWS_WITH(read(R"({"dtype": "float31"})"), Contains("It: dtype: unknown dtype \"float31\""));
  CHECK_THROWS_WITH(read(R"({"unroll": true})"), "It: unroll must be false, given true");
  CHECK_THROWS_WITH(read("[1]"), "It: expected a config of values by name, given [1]");
}

TEST_CASE("configs are equal if their values are") {
  const Config a = parse_json(R"({"x": 1, "y": [1.5, "t", null, {"z": true}]})");
  CHECK(a == parse_json(R"({"y": [1.5, "t", null, {"z": true}], "x": 1})"));
  CHECK_FALSE(a == parse_json(R"({"y": [1.5, "t", null, {"z": false}], "x": 1})"));
  CHECK_FALSE(a == parse_json(R"({"x": 1})"));
  CHECK_FALSE(Config(1) == Config(1.0));
  CHECK_FALSE(Config() == Config(false));
  Config changed = a;
  changed.set("x", 2);
  CHECK(a.at("x").integer() == 1);
  CHECK(changed.at("x").integer() == 2);
  CHECK_THROWS_WITH(a.at("w"), Contains("unknown name in a config \"w\""));
  CHECK_THROWS_WITH(Config(3).at("x"), "expected values by name, given 3");
}

TEST_CASE("JSON is read back as it was written") {
  const std::string text = R"({"a":[1,-2.5,1e-07,"\u00e4\n",true,null],"b":{"c":[],"d":{}},"e":9223372036854775807})";
  const Config config = parse_json(text);
  CHECK(parse_json(to_json(config)) == config);
  CHECK(parse_json(to_json(config, 2)) == config);
  CHECK(config.at("e").integer() == std::numeric_limits<int64_t>::max());
  CHECK(config.at("a").list()[2].number() == 1e-7);
  CHECK(to_json(Config(1.0)) == "1.0");
  CHECK(to_json(Config(0.1)) == "0.1");
  CHECK(parse_json("18446744073709551615").number() == 18446744073709551615.0);
}

TEST_CASE("JSON has NaN and infinities as Python writes them") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Config::List numbers{1, infinity, -infinity, nan, -2.5, "NaN -Infinity", true};
  const std::string text = R"([1,Infinity,-Infinity,NaN,-2.5,"NaN -Infinity",true])";
  CHECK(to_json(numbers) == text);
  CHECK(parse_json(text) == Config(numbers));
  CHECK(parse_json(to_json(numbers, 2)) == Config(numbers));
  CHECK(parse_json("Infinity").number() == infinity);
  CHECK(parse_json(" -Infinity ").number() == -infinity);
  CHECK(std::isnan(parse_json(R"({"NaN": [-1e-3, {"\\\"": NaN}]})").at("NaN").list()[1].at("\\\"").number()));
  CHECK(parse_json(R"({"Infinity": 18446744073709551615, "x": -Infinity})").at("x").number() == -infinity);
  CHECK_THROWS_WITH(Config(infinity).integer(), "expected an integer, given Infinity");
  // What Python refuses.
  for (const char* const wrong :
       {"-NaN",       "+Infinity",  "inf",      "nan",     "infinity", "Infinityx", "-Infinit",
        "- Infinity", "--Infinity", "NaNNaN",   "NaN NaN", "1NaN",     "NaN1",      "1 Infinity",
        "-Infinity5", "1.Infinity", "{NaN: 1}", "[NaN",    "\"NaN",    "1eNaN"}) {
    INFO(wrong);
    CHECK_THROWS_AS(parse_json(wrong), FormatError);
  }
  CHECK_THROWS_WITH(parse_json("[NaN, Infinity, oops]"), Contains("JSON: at byte 17"));
}

TEST_CASE("JSON is laid out by levels") {
  const Config config = parse_json(R"({"a": [1, [], {}, {"b": "\u00e4"}], "c": {}})");
  CHECK(to_json(config) == "{\"a\":[1,[],{},{\"b\":\"\xC3\xA4\"}],\"c\":{}}");
  CHECK(to_json(config, 2) ==
        "{\n  \"a\": [\n    1,\n    [],\n    {},\n    {\n      \"b\": \"\xC3\xA4\"\n    }\n  ],\n  \"c\": {}\n}");
  CHECK(to_json(Config::List{1, 2}, 0) == "[\n1,\n2\n]");
  CHECK(to_json(Config("\xFF")) == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("JSON that is none, too deep or ambiguous is refused") {
  CHECK_THROWS_WITH(parse_json(R"({"a": )"), Contains("JSON: at byte "));
  CHECK_THROWS_AS(parse_json(""), FormatError);
  CHECK_THROWS_AS(parse_json("{} {}"), FormatError);
  CHECK_THROWS_WITH(parse_json(R"({"a": 1, "a": 2})"), "JSON: the name \"a\" is given twice");
  CHECK_THROWS_WITH(parse_json(std::string(100000, '[')), "JSON: values are nested deeper than 200");
  CHECK(parse_json(std::string(200, '[') + std::string(200, ']')).is_list());
}
