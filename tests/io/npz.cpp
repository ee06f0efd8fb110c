#include <xtape/io/npz.hpp>
#include <xtape/ops/creation.hpp>

#include "address_space_limit.hpp"
#include "catch.hpp"
#include "io/file_content.hpp"
#include "io/format_error.hpp"
#include "io/npy_array.hpp"
#include "io/zip_bytes.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

#ifdef XTAPE_HAVE_LIBZIP
TEST_CASE("save_npz and load_npz keep names, order, types and shapes") {
  const TemporaryFolder folder;
  const io::NamedTensors arrays{{"z", arange(6).reshape({2, 3})},
                                {"layers/dense/0", full({4}, 1.5, float64)},
                                {"flag", full({}, true, bool_)},
                                {"empty", zeros({0, 2})}};
  io::save_npz(folder / "file", arrays);
  const io::NamedTensors read = io::load_npz(folder / "file");
  REQUIRE(read.size() == arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    CHECK(read[i].first == arrays[i].first);
    CHECK(read[i].second.dtype() == arrays[i].second.dtype());
    CHECK(read[i].second.shape() == arrays[i].second.shape());
    CHECK(read[i].second.to_vector<double>() == arrays[i].second.to_vector<double>());
  }
  CHECK(read.at("flag").item<bool>());
  CHECK(read.find("none") == nullptr);
  CHECK_THROWS_WITH(read.at("none"), "there is no tensor none, but z, layers/dense/0, flag, empty");

  io::save_npz(folder / "file", {});
  CHECK(io::load_npz(folder / "file").empty());
}

TEST_CASE("load_npz reads deflated archives") {
  const TemporaryFolder folder;
  const std::string header = io::npy_header(zeros({1000}));
  const std::string content = zip_bytes({deflated_entry("x.npy", header + std::string(4000, '\0'))});
  CHECK(content.size() < 500);
  const io::NamedTensors read = io::load_npz(folder.write("file", content));
  CHECK(read.at("x").to_vector<float>() == std::vector<float>(1000, 0));
}

TEST_CASE("load_npz reads what an array says of itself before memory is asked for it") {
  const TemporaryFolder folder;
  const AddressSpaceLimit limit(std::size_t{256} << 20);
  const auto error_of = [&](const std::string& content) {
    RawEntry entry = deflated_entry("x.npy", content + std::string(100000, '\0'));
    entry.size = 1 << 30;
    entry.packed.resize(2 << 20);  // which could be as much
    return format_error(io::load_npz, folder.write("file", zip_bytes({entry})));
  };
  CHECK_THAT(error_of(""), Contains("entry x.npy, offset 0: expected \\x93NUMPY"));
  const std::string header = io::npy_header(zeros({1000}));
  CHECK_THAT(error_of(header), Contains("expected 4000 bytes of elements for shape [1000], found 10737"));
  std::string long_header = header;
  long_header[6] = 2;  // the version, whose headers may be longer
  long_header.replace(8, 2, std::string("\1\0\2\0", 4));
  CHECK_THAT(error_of(long_header), Contains("expected a header of at most 65536 bytes, found 131073"));
}

TEST_CASE("load_npz and save_npz refuse what they cannot do") {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& content) {
    return format_error(io::load_npz, folder.write("file", content));
  };
  CHECK(error_of(zip_bytes({stored_entry("x", "")})) ==
        "load_npz: file, entry x: expected a name that ends with .npy, found another one");
  CHECK(error_of(zip_bytes({stored_entry("x.npy", "")})) ==
        "load_npz: file, entry x.npy, offset 0: expected \\x93NUMPY, with which a .npy file begins, found something "
        "else");
  CHECK_THAT(error_of("nothing"), Contains("load_npz: file: expected a zip archive"));
  const std::string before = file_content(folder / "file");
  CHECK_THROWS_WITH(io::save_npz(folder / "file", {{"x", zeros({1})}, {"x", zeros({1})}}), Contains("x.npy twice"));
  CHECK_THROWS_WITH(io::save_npz(folder / "file", {{"x", Tensor()}}), "save_npz: the tensor x is undefined");
  CHECK_THROWS_AS(io::save_npz(folder / "file", {{"", zeros({1})}}), ValueError);
  CHECK_THROWS_WITH(io::save_npz(folder / "file", {{"\xff", zeros({1})}}), Contains("in UTF-8, given \"\\xff\""));
  CHECK(file_content(folder / "file") == before);
}
#else
TEST_CASE("load_npz and save_npz need libzip") {
  CHECK_THROWS_WITH(io::load_npz("a.npz"), Contains("XTAPE_WITH_LIBZIP=ON"));
  CHECK_THROWS_WITH(io::save_npz("a.npz", {}), Contains("XTAPE_WITH_LIBZIP=ON"));
}
#endif
