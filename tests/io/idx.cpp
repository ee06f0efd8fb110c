#include <xtape/error.hpp>
#include <xtape/io/idx.hpp>

#include "catch.hpp"
#include "io/gzip.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;

namespace {

// 2 x 3 elements 1 to 6.
const std::string uint8_file = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03\1\2\3\4\5\6"s;

// What load_idx says about a file with this content, its folder's name left out.
std::string error_of(const std::string& content) {
  const TemporaryFolder folder;
  const std::string path = folder.write("file", content);
  try {
    io::load_idx(path);
  } catch (const FormatError& error) {
    std::string text = error.what();
    const auto position = text.find(path);
    REQUIRE(position != std::string::npos);
    return text.replace(position, path.size(), "file");
  }
  return "no error";
}

}  // namespace

TEST_CASE("load_idx reads each element type, plain and gzipped") {
  const TemporaryFolder folder;
  SECTION("uint8") {
    for (const std::string& content : {uint8_file, gzip(uint8_file)}) {
      const Tensor tensor = io::load_idx(folder.write("file", content));
      CHECK(tensor.dtype() == uint8);
      CHECK(tensor.shape() == Shape{2, 3});
      CHECK(tensor.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
    }
  }
  SECTION("int32") {
    const Tensor tensor = io::load_idx(folder.write("file", "\0\0\x0C\1\0\0\0\2\0\0\1\2\xFF\xFF\xFF\xFE"s));
    CHECK(tensor.dtype() == int32);
    CHECK(tensor.to_vector<int>() == std::vector<int>{258, -2});
  }
  SECTION("float32") {
    const Tensor tensor = io::load_idx(folder.write("file", "\0\0\x0D\1\0\0\0\1\xC0\x20\0\0"s));
    CHECK(tensor.dtype() == float32);
    CHECK(tensor.item() == -2.5);
  }
  SECTION("float64") {
    const Tensor tensor = io::load_idx(folder.write("file", gzip("\0\0\x0E\1\0\0\0\1\xC0\x04\0\0\0\0\0\0"s)));
    CHECK(tensor.dtype() == float64);
    CHECK(tensor.item() == -2.5);
  }
  SECTION("no elements") { CHECK(io::load_idx(folder.write("file", "\0\0\x08\1\0\0\0\0"s)).shape() == Shape{0}); }
}

TEST_CASE("load_idx reads a gzip file of several members") {
  const TemporaryFolder folder;
  const std::string content = gzip(uint8_file.substr(0, 14)) + gzip(uint8_file.substr(14));
  CHECK(io::load_idx(folder.write("file", content)).to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("load_idx refuses a file cut off within its header") {
  for (std::size_t size = 0; size < 12; ++size) {
    const std::string offset = std::to_string(size);
    const std::string expected =
        "load_idx: file, offset " + offset + ": expected more of the header, found the end of the file";
    CHECK(error_of(uint8_file.substr(0, size)) == expected);
    CHECK(error_of(gzip(uint8_file.substr(0, size))) == expected);
  }
}

TEST_CASE("load_idx refuses missing elements and trailing bytes") {
  const std::string expected = "load_idx: file, offset 12: expected 6 bytes of elements for shape [2, 3], found ";
  for (std::size_t size = 12; size < uint8_file.size(); ++size) {
    CHECK(error_of(uint8_file.substr(0, size)) == expected + std::to_string(size - 12));
    CHECK(error_of(gzip(uint8_file.substr(0, size))) == expected + std::to_string(size - 12));
  }
  CHECK(error_of(uint8_file + "garbage") == expected + "13");
  CHECK(error_of(gzip(uint8_file + "garbage")) == expected + "13");
}

TEST_CASE("load_idx refuses what is no IDX file") {
  CHECK(error_of("\x89PNG"s) ==
        "load_idx: file, offset 0: expected two zero bytes, with which an IDX file begins, found 137, 80");
  CHECK(error_of("\0\0\x09\1\0\0\0\1\1"s) ==
        "load_idx: file, offset 2: expected an element type 8 (uint8), 12 (int32), 13 (float32) or 14 (float64), found "
        "9");
}

TEST_CASE("load_idx checks the header against the file before it allocates") {
  const std::string huge = "\xFF\xFF\xFF\xFF"s;
  CHECK(error_of("\0\0\x08\1"s + huge + "\1") ==
        "load_idx: file, offset 8: expected 4294967295 bytes of elements for shape [4294967295], found 1");
  CHECK(error_of("\0\0\x08\3"s + huge + huge + huge) ==
        "load_idx: file, offset 8: expected lengths whose product is below 2^59, found 4294967295");
  CHECK(error_of("\0\0\x08\3"s + huge + "\0\0\0\0"s + huge) ==
        "load_idx: file, offset 12: expected lengths whose product is below 2^59, found 4294967295");
  // 2^59 elements, where one length less is a tensor.
  CHECK(error_of("\0\0\x08\3\0\0\0\0\x80\0\0\0\x10\0\0\0"s) ==
        "load_idx: file, offset 12: expected lengths whose product is below 2^59, found 268435456");
  CHECK(error_of("\0\0\x08\3\0\0\0\0\x80\0\0\0\x0F\xFF\xFF\xFF"s) == "no error");
  std::string ones = "\0\0\x08\x21"s;
  for (int i = 0; i < 33; ++i) ones += "\0\0\0\1"s;
  CHECK(error_of(ones + "\1") == "load_idx: file, offset 3: expected at most 32 dimensions, found 33");
}

TEST_CASE("load_idx refuses a damaged gzip file") {
  const std::string packed = gzip(uint8_file);
  SECTION("cut off anywhere") {
    for (std::size_t size = 2; size < packed.size(); ++size) {
      CHECK_THAT(error_of(packed.substr(0, size)), Contains("found the end of the file"));
    }
  }
  SECTION("a wrong checksum") {
    std::string damaged = packed;
    damaged[damaged.size() - 6] ^= 1;
    CHECK_THAT(error_of(damaged), Contains("expected gzip data, found incorrect data check"));
  }
  SECTION("bytes behind its end") {
    CHECK_THAT(error_of(packed + "garbage"), Contains("expected gzip data, found incorrect header check"));
  }
  SECTION("any byte changed is an error or, in the gzip header's free fields, harmless") {
    for (std::size_t i = 2; i < packed.size(); ++i) {
      std::string damaged = packed;
      damaged[i] ^= 0x55;
      const std::string error = error_of(damaged);
      if (i >= 10) CHECK(error != "no error");
    }
  }
}

TEST_CASE("load_idx names a file that is not there") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(io::load_idx(folder / "none"), "load_idx: cannot read " + (folder / "none") + ": no such file");
  CHECK_THROWS_WITH(io::load_idx("."), "load_idx: cannot read .: it is a folder");
  CHECK_THROWS_AS(io::load_idx(folder.path()), IOError);
}
