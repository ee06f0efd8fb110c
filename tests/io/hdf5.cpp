#include "io/hdf5.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <xtape/io/npy.hpp>
#include <xtape/ops/creation.hpp>

#include "catch.hpp"
#include "io/atomic_file.hpp"
#include "io/file_content.hpp"
#include "io/format_error.hpp"
#include "io/zip.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

#ifdef XTAPE_HAVE_HDF5
#define H5_USE_110_API
#include <hdf5.h>
#endif

using namespace xtape;
using io::ArrayGroup;

#ifdef XTAPE_HAVE_HDF5
namespace {

const std::string golden = source_folder() + "/golden/data/files/";

ArrayGroup written_and_read(const ArrayGroup& group) {
  return io::read_hdf5_image(io::hdf5_content(group).joined(), "memory");
}

using List = std::vector<std::string>;

// What read_hdf5 says about a file that `fill` has filled.
template <class Fill>
std::string error_of(Fill fill, bool latest = false) {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (latest) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  fill(file);
  H5Fclose(file);
  H5Pclose(access);
  return format_error(io::read_hdf5, path);
}

// An array of `length` floats, made with `properties` and written to if there are values.
void add_array(hid_t file, const char* name, hsize_t length, hid_t properties, const float* values = nullptr,
               hid_t type = H5T_IEEE_F32LE) {
  const hid_t space = H5Screate_simple(1, &length, nullptr);
  const hid_t array = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (values != nullptr) H5Dwrite(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  H5Dclose(array);
  H5Sclose(space);
}

// Properties of arrays that last until the end of the test.
class ArrayProperties {
 public:
  explicit ArrayProperties(hsize_t chunk = 0) : id_(H5Pcreate(H5P_DATASET_CREATE)) {
    if (chunk > 0) H5Pset_chunk(id_, 1, &chunk);
  }
  ~ArrayProperties() { H5Pclose(id_); }
  ArrayProperties(const ArrayProperties&) = delete;
  ArrayProperties& operator=(const ArrayProperties&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};

}  // namespace

TEST_CASE("an HDF5 file keeps every type and shape") {
  ArrayGroup group;
  for (const DType dtype : {bool_, uint8, int32, int64, float32, float64}) {
    for (const Shape& shape : {Shape{}, Shape{7}, Shape{0}, Shape{3, 0, 2}, Shape{2, 3, 4}}) {
      group.add_array(std::string(name(dtype)) + shape.str(), arange(shape.numel()).reshape(shape).astype(dtype));
    }
  }
  group.add_array("transposed", arange(6).reshape({2, 3}).transpose());
  const ArrayGroup read = written_and_read(group);
  REQUIRE(read.arrays.size() == group.arrays.size());
  for (const auto& [name, array] : group.arrays) {
    CAPTURE(name);
    REQUIRE(read.find_array(name) != nullptr);
    CHECK(read.find_array(name)->dtype() == array.dtype());
    CHECK(read.find_array(name)->shape() == array.shape());
    CHECK(read.find_array(name)->to_vector<double>() == array.to_vector<double>());
  }
}

TEST_CASE("an HDF5 file keeps groups and attributes") {
  ArrayGroup group;
  group.add_array("layers/dense/vars/0", full({2}, 1.5));
  group.group_at("vars");
  ArrayGroup& dense = group.group_at("layers/dense");
  dense.attributes = {{"name", std::string("d\xc3\xa4nse")}, {"empty", std::string()},     {"none", List{}},
                      {"list", List{"a", "", "ccc"}},        {"number", int64_t{1} << 40}, {"rate", 0.1},
                      {"long", std::string(200000, 'x')}};
  const ArrayGroup read = written_and_read(group);
  REQUIRE(read.find_group("vars") != nullptr);
  CHECK(read.find_array("layers/dense/vars/0")->to_vector<float>() == std::vector<float>{1.5, 1.5});
  const ArrayGroup& found = *read.find_group("layers/dense");
  CHECK(found.attributes.size() == dense.attributes.size());
  for (const auto& [name, value] : dense.attributes) {
    CAPTURE(name);
    REQUIRE(found.find_attribute(name) != nullptr);
    CHECK(*found.find_attribute(name) == value);
  }
}

TEST_CASE("an HDF5 file may have very many groups, and lists that are split") {
  ArrayGroup group;
  List names;
  for (int i = 0; i < 5000; ++i) names.push_back("layer_with_a_long_name_" + std::to_string(i));
  for (int i = 0; i < 600; ++i) group.add_array(names[static_cast<std::size_t>(i)] + "/0", full({}, i));
  group.attributes.emplace_back("layer_names", names);
  group.attributes.emplace_back("other0", List{"a"});
  const std::vector<std::byte> image = io::hdf5_content(group).joined();
  const ArrayGroup read = io::read_hdf5_image(image, "memory");
  CHECK(read.groups.size() == 600);
  CHECK(read.find_array("layer_with_a_long_name_599/0")->item() == 599);
  CHECK(*read.find_attribute_of<List>("layer_names") == names);
  CHECK(read.find_attribute("layer_names0") == nullptr);
  CHECK(io::hdf5_content(group).joined() == image);
}

TEST_CASE("the content of an HDF5 file has the elements of tensors where they are") {
  ArrayGroup group;
  const Tensor large = arange(300000).astype(float32), other = arange(20).reshape({4, 5});
  group.add_array("a/large", large);
  group.add_array("a/none", zeros({0, 3}));
  group.add_array("b/small", other.transpose());
  group.add_array("b/flags", other.astype(bool_));
  const io::Content content = io::hdf5_content(group);
  const auto* const elements = reinterpret_cast<const std::byte*>(large.data<float>());
  CHECK(std::any_of(content.pieces().begin(), content.pieces().end(),
                    [&](const auto& piece) { return piece.data() == elements && piece.size() == 1200000; }));
  const ArrayGroup read = io::read_hdf5_image(content.joined(), "memory");
  const auto numbers = [&](const char* path) { return read.find_array(path)->to_vector<double>(); };
  CHECK(numbers("a/large") == large.to_vector<double>());
  CHECK(read.find_array("a/none")->shape() == Shape{0, 3});
  CHECK(numbers("b/small") == other.transpose().to_vector<double>());
  CHECK(read.find_array("b/flags")->dtype() == bool_);
  CHECK(numbers("b/flags") == other.astype(bool_).to_vector<double>());
}

TEST_CASE("hdf5_content refuses names that HDF5 does not have") {
  const auto error = [](const std::string& name) {
    ArrayGroup group;
    group.arrays.emplace_back(name, zeros({}));
    return [group] { io::hdf5_content(group); };
  };
  for (const std::string& name : {std::string(), std::string("."), std::string("a/b"), std::string("a\0b", 3)}) {
    CHECK_THROWS_AS(error(name)(), ValueError);
  }
  ArrayGroup twice;
  twice.arrays = {{"a", zeros({})}, {"a", zeros({})}};
  CHECK_THROWS_WITH(io::hdf5_content(twice), "cannot write HDF5, /: two are named a");
}

TEST_CASE("paths are no longer than those that are read") {
  const auto content = [](std::size_t letters) {
    ArrayGroup root;
    root.add_array("g/" + std::string(letters, 'x'), full({}, 3));
    return io::hdf5_content(root).joined();
  };
  CHECK(io::read_hdf5_image(content(4000), "file").find_array("g/" + std::string(4000, 'x'))->item() == 3);
  CHECK_THROWS_WITH(content(5000), Contains("a path of more than 4096 bytes would not be read again: /g/xxx"));
  CHECK_THAT(error_of([](hid_t file) { add_array(file, std::string(5000, 'x').c_str(), 0, H5P_DEFAULT); }),
             Contains("file, /: expected a path of at most 4096 bytes, found a longer one, xxx"));
}

TEST_CASE("hdf5_content refuses more groups in one another than read_hdf5 reads") {
  const auto content = [](int groups) {
    io::ArrayGroup root;
    std::string path;
    for (int i = 0; i < groups; ++i) path += "g/";
    root.add_array(path + "x", zeros({1}));
    return io::hdf5_content(root).joined();
  };
  CHECK(io::read_hdf5_image(content(63), "file").groups.size() == 1);
  CHECK_THROWS_WITH(content(64), Contains("more than 64 groups in one another"));
}

TEST_CASE("read_hdf5 reads what Keras saved") {
  const std::vector<double> weights = io::load_npy(golden + "v3_8_0/mlp_uncompiled.weights.npy").to_vector<double>();
  std::vector<double> found;
  const auto take = [&](const Tensor* array) {
    REQUIRE(array != nullptr);
    const std::vector<double> values = array->to_vector<double>();
    found.insert(found.end(), values.begin(), values.end());
  };
  SECTION("weights") {
    const ArrayGroup file = io::read_hdf5(golden + "v3_8_0/mlp_uncompiled.weights.h5");
    for (const char* layer : {"dense", "p_re_lu", "layer_normalization", "dense_1"}) {
      const ArrayGroup* const vars = file.find_group("layers/" + std::string(layer) + "/vars");
      REQUIRE(vars != nullptr);
      for (const auto& [name, array] : vars->arrays) take(&array);
    }
    CHECK(*file.find_group("vars")->find_attribute_of<std::string>("name") == "sequential");
  }
  SECTION("a legacy file") {
    const ArrayGroup file = io::read_hdf5(golden + "v3_8_0/mlp_uncompiled.h5");
    CHECK(*file.find_attribute_of<std::string>("keras_version") == "3.8.0");
    CHECK_THAT(*file.find_attribute_of<std::string>("model_config"), Contains("\"Sequential\""));
    const ArrayGroup* const model = file.find_group("model_weights");
    REQUIRE(model != nullptr);
    for (const std::string& layer : *model->find_attribute_of<List>("layer_names")) {
      for (const std::string& name : *model->find_group(layer)->find_attribute_of<List>("weight_names")) {
        take(model->find_array(layer + "/" + name));
      }
    }
    CHECK(model->find_group("top_level_model_weights")->find_attribute_of<List>("weight_names")->empty());
  }
#ifdef XTAPE_HAVE_LIBZIP
  SECTION("within an archive") {
    const io::ZipReader archive(golden + "v3_8_0/mlp_uncompiled.keras");
    const ArrayGroup file = io::read_hdf5_image(archive.read("model.weights.h5"), "model.weights.h5");
    for (const char* path : {"dense/vars/0", "dense/vars/1", "p_re_lu/vars/0", "layer_normalization/vars/0",
                             "layer_normalization/vars/1", "dense_1/vars/0", "dense_1/vars/1"}) {
      take(file.find_array("layers/" + std::string(path)));
    }
  }
#endif
  CHECK(found == weights);
}

TEST_CASE("read_hdf5 reads the optimizer's variables") {
  const ArrayGroup file = io::read_hdf5(golden + "v3_16_0/embedding_text.weights.h5");
  const ArrayGroup* const variables = file.find_group("optimizer/vars");
  REQUIRE(variables != nullptr);
  CHECK(variables->find_array("0")->dtype() == int32);
  CHECK(variables->find_array("1")->shape().rank() == 0);
}

TEST_CASE("read_hdf5 reads chunks, plain and packed, and numbers of other types") {
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 100);
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const ArrayProperties plain(7), packed(130), checked(64);
  H5Pset_shuffle(packed);
  H5Pset_deflate(packed, 5);
  H5Pset_fletcher32(packed);
  H5Pset_fletcher32(checked);
  add_array(file, "plain", values.size(), plain, values.data());
  add_array(file, "packed", values.size(), packed, values.data());
  add_array(file, "checked", values.size(), checked, values.data());
  const std::vector<std::pair<const char*, hid_t>> types{{"i1", H5T_STD_I8LE},   {"u2", H5T_STD_U16LE},
                                                         {"u4", H5T_STD_U32LE},  {"u8", H5T_STD_U64LE},
                                                         {"be4", H5T_STD_I32BE}, {"bf8", H5T_IEEE_F64BE}};
  for (const auto& [name, type] : types) add_array(file, name, 100, H5P_DEFAULT, values.data(), type);
  H5Fclose(file);

  const ArrayGroup read = io::read_hdf5(path);
  for (const char* name : {"plain", "packed", "checked"}) {
    CAPTURE(name);
    CHECK(read.find_array(name)->to_vector<float>() == values);
  }
  values.resize(100);
  const std::vector<DType> dtypes{int32, int32, int64, int64, int32, float64};
  for (std::size_t i = 0; i < types.size(); ++i) {
    CAPTURE(types[i].first);
    CHECK(read.find_array(types[i].first)->dtype() == dtypes[i]);
    CHECK(read.find_array(types[i].first)->to_vector<float>() == values);
  }
}

TEST_CASE("read_hdf5 reads arrays that say what is in the places that nobody wrote to") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const ArrayProperties plain, chunks(2);
  for (const float fill : {0.0F, 3.0F}) {
    for (const hid_t properties : {hid_t{plain}, hid_t{chunks}}) {
      H5Pset_fill_value(properties, H5T_NATIVE_FLOAT, &fill);
      const float values[3] = {1, 2, 3};
      const std::string name = std::string(properties == plain ? "plain" : "chunks") + (fill == 0 ? "0" : "3");
      add_array(file, name.c_str(), 3, properties, values);
    }
  }
  H5Fclose(file);
  const ArrayGroup read = io::read_hdf5(path);
  REQUIRE(read.arrays.size() == 4);
  for (const auto& [name, array] : read.arrays) CHECK(array.to_vector<float>() == std::vector<float>{1, 2, 3});
}

TEST_CASE("read_hdf5 refuses links that leave their group") {
  const auto group = [](hid_t file, const char* name) {
    H5Gclose(H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  };
  CHECK_THAT(error_of([&](hid_t file) { H5Lcreate_soft("/a", file, "b", H5P_DEFAULT, H5P_DEFAULT); }),
             Contains("file, /b, offset") && Contains("expected a group or an array, found a soft link"));
  CHECK_THAT(error_of([&](hid_t file) { H5Lcreate_external("/etc/passwd", "/", file, "b", H5P_DEFAULT, H5P_DEFAULT); }),
             Contains("file, /, offset") && Contains("found the link to another file b"));
  CHECK_THAT(error_of([&](hid_t file) {
               group(file, "a");
               H5Lcreate_hard(file, "/", file, "a/again", H5P_DEFAULT, H5P_DEFAULT);
             }),
             Contains("file, /a/again: expected bytes of its own at offset 96, found those of something else"));
  CHECK_THAT(error_of([&](hid_t file) {
               group(file, "a");
               H5Lcreate_hard(file, "a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
             }),
             Contains("file, /b: expected bytes of its own"));
  CHECK_THAT(error_of([&](hid_t file) {
               std::string path;
               for (int i = 0; i < 70; ++i) group(file, (path += "/a").c_str());
             }),
             Contains("expected at most 64 groups in one another, found more"));
}

TEST_CASE("read_hdf5 reads a few names that are not in ASCII, and refuses many") {
  const auto make = [](hid_t file, int count) {
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_char_encoding(links, H5T_CSET_UTF8);
    for (int i = 0; i < count; ++i) {
      H5Gclose(H5Gcreate2(file, ("d\u00fcnn" + std::to_string(i)).c_str(), links, H5P_DEFAULT, H5P_DEFAULT));
    }
    H5Pclose(links);
  };
  CHECK_THAT(error_of([&](hid_t file) { make(file, 9); }),
             Contains("file, /, offset") && Contains("save the model as .keras") && Contains("links in a heap"));
  CHECK(error_of([&](hid_t file) { make(file, 8); }) == "no error");
  CHECK_THAT(error_of([&](hid_t file) {
               make(file, 1);
               H5Lcreate_hard(file, "/", file, "d\u00fcnn0/again", H5P_DEFAULT, H5P_DEFAULT);
             }),
             Contains("/again: expected bytes of its own at offset 96"));
  CHECK_THAT(error_of([&](hid_t file) {
               make(file, 1);
               H5Lcreate_soft("/a", file, "b", H5P_DEFAULT, H5P_DEFAULT);
             }),
             Contains("expected a link to an object of the file, found the soft link b"));
}

namespace {

uint64_t number_at(const std::string& bytes, std::size_t place) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data() + place, sizeof number);
  return number;
}

}  // namespace

TEST_CASE("read_hdf5 refuses names that are parts of others") {
  ArrayGroup group;
  group.add_array("a" + std::string(100, 'n'), full({}, 1));
  group.add_array("short", full({}, 2));
  const std::vector<std::byte> image = io::hdf5_content(group).joined();
  std::string bytes(reinterpret_cast<const char*>(image.data()), image.size());
  // Names are told by their places in the group's heap, whose data the fourth number of its head leads to.
  const std::size_t heap = number_at(bytes, bytes.find("HEAP") + 24);
  const uint64_t from = bytes.find("short") - heap, to = bytes.find("nnnn") + 10 - heap;
  std::size_t entry = bytes.find("SNOD") + 8;
  while (number_at(bytes, entry) != from) entry += 40;
  std::memcpy(bytes.data() + entry, &to, sizeof to);
  const auto read = [](const std::string& content) { return io::read_hdf5_image(io::as_bytes(content), "memory"); };
  CHECK_THROWS_WITH(read(bytes), Contains("expected names with bytes of their own, found some that overlap"));
}

TEST_CASE("read_hdf5_image takes as many bytes of packed chunks as it is told") {
  const TemporaryFolder folder;
  const std::string path = folder / "file";
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const ArrayProperties packed(100);
  H5Pset_deflate(packed, 5);
  const std::vector<float> values(250, 1);
  add_array(file, "x", values.size(), packed, values.data());
  H5Fclose(file);
  const std::string content = file_content(path);
  const std::span<const std::byte> image = io::as_bytes(content);
  CHECK(io::read_hdf5_image(image, "memory", 1200).find_array("x")->to_vector<float>() == values);
  CHECK_THROWS_WITH(
      io::read_hdf5_image(image, "memory", 1199),
      Contains("memory, /x: expected chunks of together no more bytes") && Contains("found 400 where 399"));
}

TEST_CASE("read_hdf5 takes no more bytes of packed chunks than the file can have") {
  // A chunk of a few bytes that says that it is of 256 MiB.
  const hsize_t length = hsize_t{64} << 20;
  const ArrayProperties packed(length);
  H5Pset_deflate(packed, 5);
  CHECK_THAT(
      error_of([&](hid_t file) {
        const hid_t space = H5Screate_simple(1, &length, nullptr);
        const hid_t array = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, packed, H5P_DEFAULT);
        const hsize_t place = 0;
        H5Dwrite_chunk(array, H5P_DEFAULT, 0, &place, 8, "\x78\x5e\x63\0\0\0\1\0");
        H5Dclose(array);
        H5Sclose(space);
      }),
      Contains("file, /x: expected chunks of together no more bytes than a file can have that was packed once") &&
          Contains("found 268435456 where"));
}

TEST_CASE("read_hdf5 refuses arrays that are not in the file") {
  const ArrayProperties external, shrunk(4), scaled(4);
  H5Pset_external(external, "/etc/passwd", 0, 12);
  CHECK_THAT(
      error_of([&](hid_t file) { add_array(file, "x", 3, external); }),
      Contains("file, /x, offset") && Contains("expected an array that is in the file, found one in other files"));
  CHECK(error_of([&](hid_t file) { add_array(file, "x", hsize_t{1} << 40, H5P_DEFAULT); }) ==
        "file, /x: expected 4398046511104 bytes of elements, found none");
  CHECK(error_of([&](hid_t file) { add_array(file, "x", hsize_t{1} << 40, shrunk); }) ==
        "file, /x: expected 274877906944 chunks, found 0");
  H5Pset_scaleoffset(scaled, H5Z_SO_FLOAT_DSCALE, 2);
  const float values[4] = {1, 2, 3, 4};
  CHECK_THAT(error_of([&](hid_t file) { add_array(file, "x", 4, scaled, values); }),
             Contains("expected the filters gzip, shuffle or fletcher32, found filter 6"));
  CHECK_THAT(error_of([&](hid_t file) {
               const ArrayProperties layout;
               const hsize_t length = 3;
               const hid_t space = H5Screate_simple(1, &length, nullptr);
               H5Pset_virtual(layout, space, "/other.h5", "x", space);
               add_array(file, "x", length, layout);
               H5Sclose(space);
             }),
             Contains("expected an array that is in the file, found a virtual one, of other files"));
}

TEST_CASE("read_hdf5 refuses elements that are no numbers, and newer structures") {
  const hid_t pair = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(pair, "a", 0, H5T_IEEE_F32LE);
  H5Tinsert(pair, "b", 4, H5T_IEEE_F32LE);
  CHECK_THAT(
      error_of([&](hid_t file) { add_array(file, "x", 3, H5P_DEFAULT, nullptr, pair); }),
      Contains("file, /x, offset") && Contains("expected elements of numbers, texts or truth values, found class 6"));
  H5Tclose(pair);
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 5);
  CHECK(error_of([&](hid_t file) { add_array(file, "x", 3, H5P_DEFAULT, nullptr, text); }) ==
        "file, /x: expected an array of numbers or truth values, found texts");
  H5Tclose(text);
  CHECK_THAT(error_of([](hid_t) {}, true),
             Contains("file, superblock, offset 9: expected version 0 of the superblock, as h5py writes by default"));
}

TEST_CASE("read_hdf5 refuses what is no such file") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& content) {
    return format_error(io::read_hdf5, folder.write("file", content));
  };
  const std::string expected = "file, offset 0: expected \\x89HDF, with which an HDF5 file begins, found ";
  CHECK(error("") == expected + "something else");
  CHECK(error(std::string(200, 'x')) == expected + "something else");
  CHECK(error("PK\3\4" + std::string(200, 'x')) == expected + "a zip archive, as .keras, .npz and .pt files are");
  CHECK(error("\x89HDF\r\n\x1a\n") == "file, superblock: expected 96 bytes at offset 0, found a file of 8");
  CHECK_THROWS_WITH(io::read_hdf5("/nowhere/file"), "cannot read /nowhere/file: no such file");
  const std::vector<std::byte> image = io::hdf5_content({}).joined();
  CHECK_THAT(error({reinterpret_cast<const char*>(image.data()), image.size() - 1}),
             Contains("expected an end within the file"));
}
#else
TEST_CASE("without HDF5 a file is refused with the name of the option") {
  CHECK_THROWS_WITH(io::read_hdf5("a.h5"), Contains("XTAPE_WITH_HDF5=ON"));
  CHECK_THROWS_WITH(io::hdf5_content({}), Contains("XTAPE_WITH_HDF5=ON"));
}
#endif
