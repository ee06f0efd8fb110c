#include <cmath>
#include <xtape/io/npy.hpp>
#include <xtape/ops/creation.hpp>

#include "catch.hpp"
#include "io/file_content.hpp"
#include "io/format_error.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

using namespace xtape;
using namespace std::string_literals;

namespace {

std::string npy(const std::string& dict, const std::string& elements, int version = 1) {
  return "\x93NUMPY"s + static_cast<char>(version) + '\0' + little_endian(dict.size(), version == 1 ? 2 : 4) + dict +
         elements;
}
std::string npy(const std::string& descr, const std::string& shape, const std::string& elements) {
  return npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n", elements);
}

Tensor load(const std::string& content) {
  const TemporaryFolder folder;
  return io::load_npy(folder.write("file", content));
}
std::string error_of(const std::string& content) {
  const TemporaryFolder folder;
  return format_error(io::load_npy, folder.write("file", content));
}

}  // namespace

TEST_CASE("save_npy and load_npy keep every type and shape") {
  const TemporaryFolder folder;
  for (const DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{0}, Shape{3, 0, 2}, Shape{2, 3, 4}}) {
      CAPTURE(dtype, shape);
      const Tensor array = arange(shape.numel()).reshape(shape).astype(dtype);
      io::save_npy(folder / "file", array);
      const Tensor read = io::load_npy(folder / "file");
      CHECK(read.dtype() == dtype);
      CHECK(read.shape() == shape);
      CHECK(read.to_vector<double>() == array.to_vector<double>());
    }
  }
}

TEST_CASE("save_npy writes what NumPy writes") {
  const TemporaryFolder folder;
  io::save_npy(folder / "file", tensor({{1, 2}, {3, 4}}, float32));
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }";
  const std::string header = dict + std::string(128 - 10 - dict.size() - 1, ' ') + "\n";
  CHECK(file_content(folder / "file") == npy(header, "\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40"s));
  io::save_npy(folder / "file", tensor({1, 2, 3}).slice(0, {std::nullopt, std::nullopt, 2}));
  CHECK(io::load_npy(folder / "file").to_vector<int>() == std::vector<int>{1, 3});
  CHECK_THAT(file_content(folder / "file"), Contains("'shape': (2,), }"));
}

TEST_CASE("load_npy converts the types that xtape lacks") {
  const auto check = [](const std::string& descr, const std::string& elements, DType dtype,
                        const std::vector<double>& values) {
    CAPTURE(descr);
    const Tensor array = load(npy(descr, "(2,)", elements));
    CHECK(array.dtype() == dtype);
    CHECK(array.to_vector<double>() == values);
  };
  check("|i1", "\x01\xff"s, int32, {1, -1});
  check("<i2", "\x01\0\xfe\xff"s, int32, {1, -2});
  check("<u2", "\x01\0\xff\xff"s, int32, {1, 65535});
  check("<u4", "\x01\0\0\0\xff\xff\xff\xff"s, int64, {1, 4294967295});
  check("<u8", "\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"s, int64, {1, 2});
  check("<f2", "\x00\x3c\x00\xb8"s, float32, {1, -0.5});
  check("<f2", "\x01\x00\xff\x7b"s, float32, {std::ldexp(1, -24), 65504});
  check("<f2", "\x00\x7c\x00\xfc"s, float32, {HUGE_VAL, -HUGE_VAL});
  check(">i4", "\0\0\0\x01\xff\xff\xff\xfe"s, int32, {1, -2});
  check(">f8", "\x3f\xf0\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0"s, float64, {1, -2});
  check("|b1", "\x00\x07"s, bool_, {0, 1});
  CHECK(std::isnan(load(npy("<f2", "()", "\x01\x7c"s)).item()));
}

TEST_CASE("load_npy reads versions 1 to 3 and either order of axes") {
  const std::string dict = "{\"shape\": (2, 3), 'fortran_order': True, 'descr': '<i4'}";
  std::string elements;
  for (const int number : {1, 4, 2, 5, 3, 6}) elements += little_endian(static_cast<uint64_t>(number), 4);
  for (const int version : {1, 2, 3}) {
    const Tensor array = load(npy(dict, elements, version));
    CHECK(array.shape() == Shape{2, 3});
    CHECK(array.is_contiguous());
    CHECK(array.to_vector<int>() == std::vector<int>{1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("load_npy refuses what is no such file") {
  CHECK(error_of("") ==
        "load_npy: file, offset 0: expected \\x93NUMPY, with which a .npy file begins, found something else");
  CHECK(error_of("\x93NUMPY") == "load_npy: file, offset 6: expected a version, found the end of the file");
  CHECK(error_of(npy("{}", "", 4)) == "load_npy: file, offset 6: expected a version from 1 to 3, found 4");
  CHECK(error_of("\x93NUMPY\1\0\xff"s) ==
        "load_npy: file, offset 9: expected the length of the header, found the end of the file");
  CHECK(error_of("\x93NUMPY\1\0\xff\xff{}"s) ==
        "load_npy: file, offset 8: expected a header of at most 2 bytes, which are left, found 65535");
  CHECK(error_of(npy("{'descr': '<f4'}", "")) ==
        "load_npy: file, offset 26: expected 'descr', 'fortran_order' and 'shape', found fewer names");
  CHECK(error_of(npy("{'descr': [('a', '<f4')], ", "")) ==
        "load_npy: file, offset 20: expected a text (arrays of structures and objects are not read), found \"[('a', "
        "'<f4')], \"");
  for (const char* descr : {"|O", "<c8", "<U3", "|S1", "<f16", "<M8", "x", ""}) {
    CHECK(error_of(npy(descr, "(1,)", "")) ==
          "load_npy: file, offset 10: expected elements that are numbers of 1 to 8 "
          "bytes or truth values, found '" +
              std::string(descr) + "'");
  }
  CHECK(error_of(npy("<f4", "(2,)", "1234567")) ==
        "load_npy: file, offset 68: expected 8 bytes of elements for shape [2], found 7");
  CHECK_THAT(error_of(npy("<f4", "(2,)", "123456789")),
             Contains("expected 8 bytes of elements for shape [2], found 9"));
  CHECK_THAT(error_of(npy("<f4", "(1073741824, 1073741824)", "")), Contains("expected below 2^59 elements"));
  CHECK_THAT(error_of(npy("<f4", "(1000000000,)", "1234")), Contains("expected 4000000000 bytes of elements"));
  CHECK_THAT(error_of(npy("<f4", "(-1,)", "")), Contains("expected a length of at least 0 that int64 holds"));
  CHECK_THAT(error_of(npy("<f4", "(nan,)", "")), Contains("expected a length of at least 0 that int64 holds"));
  CHECK_THAT(error_of(npy("<f4", "(99999999999999999999,)", "")), Contains("expected a length of at least 0"));
  CHECK_THAT(error_of(npy("<f4", "(1)", "1234") + "\n"), Contains("found 5"));
  CHECK_THAT(error_of(npy("<u8", "()", "\xff\xff\xff\xff\xff\xff\xff\xff")),
             Contains("expected numbers that int64 holds, found 18446744073709551615"));
  std::string many = "(";
  for (int i = 0; i < 33; ++i) many += "1, ";
  CHECK_THAT(error_of(npy("<f4", many + ")", "1234")), Contains("expected at most 32 dimensions, found 33"));
}

TEST_CASE("save_npy and load_npy name the file that cannot be used") {
  CHECK_THROWS_WITH(io::load_npy("/nowhere/file"), "load_npy: cannot read /nowhere/file: no such file");
  CHECK_THROWS_WITH(io::save_npy("/nowhere/file", zeros({1})),
                    "save_npy: cannot write /nowhere/file: No such file or directory");
  CHECK_THROWS_AS(io::save_npy("file", Tensor()), ValueError);
}
