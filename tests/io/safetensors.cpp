#include <xtape/io/safetensors.hpp>
#include <xtape/ops/creation.hpp>

#include "catch.hpp"
#include "io/file_content.hpp"
#include "io/format_error.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;

namespace {

std::string safetensors(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}
std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets,
                const std::string& data) {
  return safetensors(R"({"x":)" + entry(dtype, shape, offsets) + "}", data);
}

io::Safetensors load(const std::string& content) {
  const TemporaryFolder folder;
  return io::load_safetensors(folder.write("file", content));
}
std::string error_of(const std::string& content) {
  const TemporaryFolder folder;
  return format_error(io::load_safetensors, folder.write("file", content));
}

}  // namespace

TEST_CASE("save_safetensors and load_safetensors keep every type and shape, order and metadata") {
  const TemporaryFolder folder;
  io::NamedTensors tensors;
  for (const DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{0}, Shape{3, 0, 2}, Shape{2, 3, 4}}) {
      tensors.emplace_back(std::string(name(dtype)) + " " + shape.str(),
                           arange(shape.numel()).reshape(shape).astype(dtype));
    }
  }
  tensors.emplace_back("\xc3\xa4 \"quoted\"", arange(6).reshape({2, 3}).transpose());
  const std::vector<std::pair<std::string, std::string>> metadata{{"format", "xtape"}, {"a", ""}};
  io::save_safetensors(folder / "file", tensors, metadata);
  const io::Safetensors read = io::load_safetensors(folder / "file");
  CHECK(read.metadata == metadata);
  REQUIRE(read.tensors.size() == tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = read.tensors[i];
    CAPTURE(name);
    CHECK(name == tensors[i].first);
    CHECK(tensor.dtype() == tensors[i].second.dtype());
    CHECK(tensor.shape() == tensors[i].second.shape());
    CHECK(tensor.to_vector<double>() == tensors[i].second.to_vector<double>());
    CHECK(tensor.is_contiguous());
  }
  io::save_safetensors(folder / "file", {});
  CHECK(io::load_safetensors(folder / "file").tensors.empty());
}

TEST_CASE("save_safetensors aligns what the header says") {
  const TemporaryFolder folder;
  io::save_safetensors(folder / "file", {{"a", full({3}, true, bool_)}, {"b", full({1}, 2)}});
  const std::string header =
      R"({"a":{"dtype":"BOOL","shape":[3],"data_offsets":[4,7]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string padded = header + std::string(120 - header.size(), ' ');
  CHECK(file_content(folder / "file") == safetensors(padded, "\0\0\0\x40\1\1\1"s));
}

TEST_CASE("load_safetensors maps the file: changes stay in memory, and a new file does not change tensors") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  io::save_safetensors(path, {{"x", arange(4).astype(float32)}});
  const std::string before = file_content(path);
  const Tensor x = io::load_safetensors(path).tensors.at("x");
  x.fill(9);
  CHECK(x.to_vector<int>() == std::vector<int>{9, 9, 9, 9});
  CHECK(file_content(path) == before);
  const Tensor again = io::load_safetensors(path).tensors.at("x");
  io::save_safetensors(path, {{"x", zeros({4})}});
  CHECK(again.to_vector<int>() == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("load_safetensors converts the types that xtape lacks, and what is not aligned") {
  const Tensor half = load(one("F16", "[2]", "[0,4]", "\x00\x3c\x00\xb8"s)).tensors.at("x");
  CHECK(half.dtype() == float32);
  CHECK(half.to_vector<float>() == std::vector<float>{1, -0.5});
  CHECK(load(one("BF16", "[2]", "[0,4]", "\x80\x3f\x40\xc0"s)).tensors.at("x").to_vector<float>() ==
        std::vector<float>{1, -3});
  CHECK(load(one("I8", "[1]", "[0,1]", "\xfe")).tensors.at("x").item() == -2);
  CHECK(load(one("U16", "[]", "[0,2]", "\x01\x01")).tensors.at("x").item() == 257);
  CHECK(load(one("BOOL", "[2]", "[0,2]", "\x02\0"s)).tensors.at("x").to_vector<int>() == std::vector<int>{1, 0});
  for (int spaces = 0; spaces < 8; ++spaces) {
    const std::string header =
        R"({"x":)" + entry("F64", "[1]", "[0,8]") + "}" + std::string(static_cast<std::size_t>(spaces), ' ');
    CHECK(load(safetensors(header, "\0\0\0\0\0\0\xf0\x3f"s)).tensors.at("x").item() == 1);
  }
}

TEST_CASE("load_safetensors refuses what is no such file") {
  const std::string x = "load_safetensors: file, tensor x";
  CHECK(error_of("") ==
        "load_safetensors: file, offset 0: expected the length of the header in 8 bytes, found 0 bytes");
  CHECK(error_of(little_endian(100, 8) + "{}") ==
        "load_safetensors: file, offset 0: expected a header of at most 2 bytes, which are left, found 100");
  CHECK(error_of(std::string(8, '\xff')) ==
        "load_safetensors: file, offset 0: expected a header of at most 0 bytes, which are left, found "
        "18446744073709551615");
  CHECK_THAT(error_of(safetensors("{", "")),
             Contains("load_safetensors: file, header: expected JSON, found JSON: at byte"));
  CHECK_THAT(error_of(safetensors(std::string(1000, '['), "")), Contains("nested deeper than 200"));
  CHECK(error_of(safetensors("[]", "")) == "load_safetensors: file, header: expected tensors by name, found []");
  CHECK_THAT(error_of(safetensors(R"({"x":1,"x":2})", "")), Contains("the name \"x\" is given twice"));
  CHECK(error_of(safetensors(R"({"x":1})", "")) == x + ": expected dtype, shape and data_offsets, found 1");
  CHECK(error_of(safetensors(R"({"__metadata__":{"a":1}})", "")) ==
        "load_safetensors: file, __metadata__ a: expected a text, found 1");
  CHECK(error_of(one("F8_E4M3", "[1]", "[0,1]", "a")) ==
        x + ": expected a dtype BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32 or F64, found \"F8_E4M3\"");
  CHECK(error_of(one("F32", "[1]", "[0,8]", "12345678")) ==
        x + ", data_offsets: expected 4 bytes for the shape [1], found 8");
  CHECK(error_of(one("F32", "[1]", "[0,4]", "123")) ==
        x + ", data_offsets: expected a begin and an end in the 3 bytes of data, found [0,4]");
  for (const char* offsets : {"[4,0]", "[0]", "[0,4,8]", "[0,1000000000000]"}) {
    CHECK(error_of(one("F32", "[1]", offsets, "1234")) ==
          x + ", data_offsets: expected a begin and an end in the 4 bytes of data, found " + offsets);
  }
  for (const char* offsets : {"[-4,0]", "4", "[0.5,4]", "[\"0\",4]", "[null,4]", "[0,1e400]"}) {
    CHECK_THAT(error_of(one("F32", "[1]", offsets, "1234")), Contains("load_safetensors: file, "));
  }
  CHECK(error_of(one("F32", "[-1]", "[0,4]", "1234")) ==
        x + ", shape: expected a list of integers of at least 0, found [-1]");
  CHECK(error_of(one("F32", "[4294967296,4294967296]", "[0,4]", "1234")) ==
        "load_safetensors: file, tensor x, shape: expected below 2^59 elements, found shape [4294967296, 4294967296]");
  CHECK(error_of(one("F32", "[1000000000]", "[0,4]", "1234")) ==
        x + ", data_offsets: expected 4000000000 bytes for the shape [1000000000], found 4");
  CHECK(error_of(one("U64", "[1]", "[0,8]", std::string(8, '\xff'))) ==
        x + ": expected numbers that int64 holds, found 18446744073709551615");
}

TEST_CASE("load_safetensors refuses tensors that overlap, leave gaps or end too early") {
  const auto two = [](const std::string& a, const std::string& b, const std::string& data) {
    return safetensors(R"({"a":)" + entry("U8", "[2]", a) + R"(,"b":)" + entry("U8", "[2]", b) + "}", data);
  };
  CHECK(error_of(two("[2,4]", "[0,2]", "1234")) == "no error");
  CHECK(error_of(two("[0,2]", "[1,3]", "123")) ==
        "load_safetensors: file, tensor b, data_offsets: expected that it begins where the one before ends, at 2, "
        "found 1");
  CHECK_THAT(error_of(two("[0,2]", "[0,2]", "12")),
             Contains("expected that it begins where the one before ends, at 2, found 0"));
  CHECK_THAT(error_of(two("[0,2]", "[3,5]", "12345")), Contains("at 2, found 3"));
  CHECK(error_of(two("[0,2]", "[2,4]", "12345")) ==
        "load_safetensors: file, data: expected 4 bytes, which the tensors have, found 5");
}

TEST_CASE("save_safetensors refuses names that cannot be, before the file changes") {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", "old");
  CHECK_THROWS_WITH(io::save_safetensors(path, {{"x", zeros({1})}, {"x", zeros({1})}}),
                    "save_safetensors: two tensors are named x");
  CHECK_THROWS_WITH(io::save_safetensors(path, {{"__metadata__", zeros({1})}}),
                    "save_safetensors: a tensor cannot be named __metadata__");
  CHECK_THROWS_WITH(io::save_safetensors(path, {{"x", Tensor()}}), "save_safetensors: the tensor x is undefined");
  CHECK_THROWS_WITH(io::save_safetensors(path, {}, {{"a", "1"}, {"a", "2"}}),
                    "save_safetensors: two metadata are named a");
  CHECK_THROWS_WITH(io::save_safetensors(path, {{"\xff", zeros({1})}}), Contains("in UTF-8, given \"\\xff\""));
  CHECK_THROWS_WITH(io::save_safetensors(path, {}, {{"\xff", "1"}}), Contains("in UTF-8"));
  CHECK_THROWS_WITH(io::save_safetensors(path, {}, {{"a", "\xff"}}),
                    Contains("the text a of the metadata is not UTF-8"));
  CHECK(file_content(path) == "old");
}
