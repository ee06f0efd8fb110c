// Weights of a few bytes that would unpack to what no machine has, or that no file holds.
#include <zlib.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>
#include <xtape/detail/postponed_weights.hpp>

#define H5_USE_110_API
#include <hdf5.h>

#include "catch.hpp"
#include "io/file_content.hpp"
#include "io/hdf5.hpp"
#include "io/npy_array.hpp"
#include "io/zip.hpp"
#include "io/zip_bytes.hpp"
#include "saving/models.hpp"
#include "saving/untrusted.hpp"
#include "temporary_folder.hpp"

namespace xtape::test {

TEST_CASE("a configuration and weights that are too large are refused before they are unpacked") {
  const TemporaryFolder folder;
  RawEntry large = deflated_entry("config.json", std::string(100000, ' '));
  large.size = 1 << 30;
  large.packed.resize(2 << 20);  // which could be as much
  const std::string text = refusal([&] { load_model(folder.write("config.keras", zip_bytes({large}))); });
  CHECK_THAT(text, Contains("config.json") && Contains("expected at most 67108864 bytes, found 1073741824"));
  large.name = "model.weights.h5";
  const RawEntry config = stored_entry("config.json", sequential({input("[null,4]")}));
  CHECK_THAT(refusal([&] {
               load_model(folder.write("weights.keras", zip_bytes({config, large})));
             }),
             Contains("model.weights.h5, offset 0: expected \\x89HDF"));
}

namespace {

// An entry that begins so and truly goes on with that many MiB of zeros, in a thousandth of them.
RawEntry with_zeros(const std::string& name, std::string beginning, uint64_t mebibytes) {
  const std::string zeros(1 << 20, '\0');
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  const auto packed = [&](std::string content, int flush) {
    std::string result(content.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(content.data());
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    deflate(&stream, flush);
    result.erase(result.size() - stream.avail_out);
    return result;
  };
  const auto crc_of = [](const std::string& bytes) {
    return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  };
  RawEntry entry{name, packed(beginning, Z_FULL_FLUSH), 8};
  // Behind a full flush equal bytes are packed alike.
  const std::string piece = packed(zeros, Z_FULL_FLUSH);
  const uLong piece_crc = crc_of(zeros);
  uLong crc = crc_of(beginning);
  for (uint64_t i = 0; i < mebibytes; ++i) {
    entry.packed += piece;
    crc = crc32_combine(crc, piece_crc, static_cast<z_off_t>(zeros.size()));
  }
  entry.packed += packed("", Z_FINISH);
  deflateEnd(&stream);
  entry.size = static_cast<uint32_t>(beginning.size() + (mebibytes << 20));
  entry.crc = static_cast<uint32_t>(crc);
  return entry;
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("arrays of npz that the model has not are not unpacked, though the file holds all of them") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({4}), layers::Dense(2, {.name = "d"})});
  const std::vector<Tensor> before = model.get_weights();
  // 3 GiB of float32.
  const std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (805306368,), }";
  const std::string npy =
      "\x93NUMPY" + std::string("\1\0\x76\0", 4) + head + std::string(117 - head.size(), ' ') + "\n";
  const RawEntry bias = stored_entry("d/bias.npy", io::npy_header(ones({2})) + std::string(8, '\0'));
  const RawEntry large_kernel = with_zeros("d/kernel.npy", npy, 3072), extra = with_zeros("more.npy", npy, 3072);
  const std::string path = folder.write("w.npz", zip_bytes({bias, large_kernel, extra}));
  CHECK(std::filesystem::file_size(path) < 8 << 20);
  const std::string text = refusal([&] { model.load_weights(path); });
  CHECK_THAT(text, Contains("other shape: d/kernel: the model has [4, 2], the file [805306368]"));
  CHECK_THAT(text, Contains("extra: more [805306368]"));
  CHECK(same(model.get_weights(), before));
  CHECK(refusal([&] { model.load_weights(path, {.skip_mismatch = true}); }) == "read");
  CHECK(same(model.get_weights()[0], before[0]));
  CHECK(same(model.get_weights()[1], zeros({2})));
}

TEST_CASE("weights of .keras that are more than the model can have are not unpacked, those that are as many are") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({4}), layers::Dense(2, {.name = "d"})});
  model.save(folder / "small.keras");
  const auto rezipped = [&](const std::string& file, const std::function<RawEntry(const std::string&)>& weights) {
    const io::ZipReader archive(folder / file);
    std::vector<RawEntry> entries;
    for (const std::string& name : archive.names()) {
      const std::string content = text_of(archive.read(name));
      entries.push_back(name == "model.weights.h5" ? weights(content) : stored_entry(name, content));
    }
    return folder.write("rezipped.keras", zip_bytes(entries));
  };
  // Behind the end that an HDF5 file names there may be anything.
  const std::string path =
      rezipped("small.keras", [](const std::string& content) { return with_zeros("model.weights.h5", content, 3072); });
  const std::string expected = "model.weights.h5: expected at most 671";
  CHECK_THAT(refusal([&] { load_model(path); }), Contains(path) && Contains(expected) && Contains(", found 32212"));
  CHECK_THAT(refusal([&] { model.load_weights(path); }), Contains(path) && Contains(expected));

  // A model of 68 MB of zeros, which takes 68 KB.
  const Sequential large(
      {layers::InputLayer({4250}), layers::Dense(4000, {.use_bias = false, .kernel_initializer = "zeros"})});
  large.save(folder / "large.keras");
  const std::string packed =
      rezipped("large.keras", [](const std::string& content) { return deflated_entry("model.weights.h5", content); });
  CHECK(std::filesystem::file_size(packed) < 1 << 20);
  CHECK_FALSE(any(load_model(packed).get_weights()[0]).item<bool>());
  CHECK_THAT(refusal([&] { model.load_weights(packed); }), Contains(expected));
}

TEST_CASE("weights that a file does not hold are refused before memory is asked for") {
  const std::string x = input("[null,4]"), sequence = input("[null,3,4]"), image = input("[null,8,8,4]");
  check_refused(sequential({x, layer("Dense", R"("name":"d","units":1000000000000)")}),
                "the weight kernel would be [4, 1000000000000]");
  check_refused(sequential({x, layer("Embedding", R"("name":"e","input_dim":1000000000,"output_dim":1000000000)")}),
                "the weight embeddings would be [1000000000, 1000000000]");
  check_refused(sequential({sequence, layer("LSTM", R"("name":"l","units":1000000000)")}),
                "the weight kernel would be [4, 4000000000]");
  check_refused(sequential({sequence, layer("GRU", R"("name":"g","units":1000000000)")}),
                "the weight kernel would be [4, 3000000000]");
  check_refused(sequential({image, layer("Conv2D", R"("name":"c","filters":1000000000000,"kernel_size":3)")}),
                "the weight kernel would be [3, 3, 4, 1000000000000]");
  check_refused(sequential({input("[null,1000000000000]"), layer("Dense", R"("name":"d","units":2)")}),
                "the weight kernel would be [1000000000000, 2]");
  check_refused(sequential({input("[null,1000000000000]"), layer("BatchNormalization", R"("name":"n")")}), "n: ");
  check_refused(sequential({x, layer("RepeatVector", R"("name":"r","n":1000000000000)"),
                            layer("Flatten", R"("name":"f")"), layer("Dense", R"("name":"d","units":2)")}),
                "the weight kernel would be [4000000000000, 2]");
  // Each of them small, all of them not.
  std::vector<std::string> many{x};
  for (int i = 0; i < 3000; ++i) many.push_back(layer("Dense", R"("units":512,"name":"d)" + std::to_string(i) + '"'));
  const TemporaryFolder folder;
  CHECK_THAT(refusal([&] { load_model(file_of(folder, sequential(many))); }),
             Contains("the file holds arrays of 40 bytes"));
}

TEST_CASE("weights of another shape are listed where they are few") {
  const TemporaryFolder folder;
  const std::string path =
      file_of(folder, sequential({input("[null,4]"), layer("Dense", R"("name":"d","units":3000)")}));
  const std::string text = refusal([&] { load_model(path); });
  CHECK_THAT(text, Contains("other shape: layers/dense/vars/0 (kernel): the model has [4, 3000], the file [4, 2]"));
  CHECK_THAT(text, Contains("other shape: layers/dense/vars/1 (bias): the model has [3000], the file [2]"));
}

TEST_CASE("what a model was built for can be as large") {
  const std::string model = R"({"class_name":"Sequential","config":{"name":"s","layers":[)" +
                            layer("Dense", R"("name":"d","units":2)") + R"(]},"build_config":{"input_shape":)";
  check_refused(model + "[null,1000000000000]}}", "the weight kernel would be [1000000000000, 2]");
  check_refused(model + "[null,-5]}}", "given");
  check_refused(model + "[null,2.5]}}", "2.5");
  check_refused(model + "[null,NaN]}}", "build_config");
}

TEST_CASE("chunks that are packed in weights that are packed unpack to what once packed ones can") {
  // 80 MiB of zeros.
  const TemporaryFolder folder;
  const hsize_t length = 20 << 20;
  const std::vector<float> zeros(length);
  const std::string weights = folder / "weights.h5";
  const hid_t file = H5Fcreate(weights.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t properties = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &length, nullptr);
  H5Pset_chunk(properties, 1, &length);
  H5Pset_deflate(properties, 9);
  const hid_t array = H5Dcreate2(file, "x", H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  H5Dwrite(array, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
  H5Dclose(array);
  H5Sclose(space);
  H5Pclose(properties);
  H5Fclose(file);

  const std::string content = file_content(weights);
  const std::string config = sequential({input("[null,4]"), layer("Dense", R"("name":"d","units":2)")});
  const auto path_of = [&](const RawEntry& entry) {
    return folder.write("model.keras", zip_bytes({stored_entry("config.json", config), entry}));
  };
  const std::string path = path_of(deflated_entry("model.weights.h5", content));
  CHECK(std::filesystem::file_size(path) < 1 << 12);
  const std::string expected = "expected chunks of together no more bytes than a file can have";
  CHECK_THAT(refusal([&] { load_model(path); }), Contains(path) && Contains("/x: " + expected));
  CHECK_THAT(refusal([&] { saving::inspect(path); }), Contains(expected));
  // Packed once, they are what the file holds.
  CHECK_THAT(refusal([&] { load_model(path_of(stored_entry("model.weights.h5", content))); }),
             Contains("missing: layers/dense/vars/0 (kernel)"));
}

TEST_CASE("load_model draws no initial values that the file replaces") {
  const TemporaryFolder folder;
  const Sequential model({layers::InputLayer({3, 4}), layers::LSTM(5), layers::BatchNormalization(), layers::Dense(2)});
  for (const char* name : {"model.keras", "model.h5"}) {
    CAPTURE(name);
    model.save(folder / name);
    utils::set_random_seed(3);
    const Model loaded = load_model(folder / name);
    const Tensor next = randn({4});
    CHECK(same(loaded.get_weights(), model.get_weights()));
    utils::set_random_seed(3);
    CHECK(same(next, randn({4})));
  }
  // Zeros unpack to a thousand times their size: an hour of orthogonal values for each second of reading.
  const int64_t units = 2000;
  io::ArrayGroup weights;
  weights.group_at("vars");
  weights.add_array("layers/lstm/cell/vars/0", zeros({1, 4 * units}));
  weights.add_array("layers/lstm/cell/vars/1", zeros({units, 4 * units}));
  weights.add_array("layers/lstm/cell/vars/2", zeros({4 * units}));
  const std::string config =
      sequential({input("[null,3,1]"), layer("LSTM", R"("name":"l","units":)" + std::to_string(units))});
  const std::string path = folder.write(
      "large.keras", zip_bytes({stored_entry("config.json", config),
                                deflated_entry("model.weights.h5", text_of(io::hdf5_content(weights).joined()))}));
  CHECK(std::filesystem::file_size(path) < 1 << 17);
  CHECK(load_model(path).count_params() == 4 * units * (1 + units + 1));
}

TEST_CASE("weights that are postponed are drawn where nothing else sets them") {
  const auto built = [] {
    utils::set_random_seed(3);
    const layers::Dense dense(3, {.bias_initializer = "ones"});
    dense.build({-1, 4});
    return dense;
  };
  const std::vector<Tensor> expected = built().get_weights();
  const detail::PostponedWeights postponed;
  const layers::Dense drawn = built(), set = built(), known = built();
  for (const layers::Dense& each : {drawn, set, known}) {
    CHECK(same(each.get_weights(), {zeros({4, 3}), expected[1]}));
  }
  set.set_weights({full({4, 3}, 2), expected[1]});
  const Tensor kernel = known.weights()[0].value;
  postponed.draw_others([&](const Tensor& weight) { return weight.handle() == kernel.handle(); });
  CHECK(same(drawn.get_weights(), expected));
  CHECK(same(set.get_weights()[0], full({4, 3}, 2)));
  CHECK(same(known.get_weights()[0], zeros({4, 3})));
}

}  // namespace xtape::test
