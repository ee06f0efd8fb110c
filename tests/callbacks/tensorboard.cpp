#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch.hpp"
#include "driven.hpp"
#include "source_folder.hpp"
#include "temporary_folder.hpp"

using namespace xtape;

#ifdef XTAPE_HAVE_PROTOBUF

#include "callbacks/tensorboard/record.hpp"

namespace {

// Bit by bit, as the polynomial says; the library has a table.
uint32_t slow_crc32c(const std::string& bytes) {
  uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
  }
  return crc ^ 0xffffffff;
}

uint64_t number_at(const std::string& bytes, std::size_t place, int size) {
  uint64_t number = 0;
  for (int i = size - 1; i >= 0; --i)
    number = number << 8 | static_cast<unsigned char>(bytes.at(place + static_cast<std::size_t>(i)));
  return number;
}

void check_masked(uint64_t found, const std::string& bytes) {
  const uint32_t crc = slow_crc32c(bytes);
  CHECK(found == static_cast<uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8u));
}

// What `protoc` decodes from the one event file in a folder, with each record's checksums looked at.
std::string decoded(const TemporaryFolder& folder, const std::string& part) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / part)) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  CHECK_THAT(files[0].filename().string(), Contains("events.out.tfevents."));
  std::ifstream file(files[0], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string proto = source_folder() + "/../lib/callbacks/tensorboard";
  std::string text;
  for (std::size_t place = 0; place < bytes.size();) {
    const uint64_t length = number_at(bytes, place, 8);
    check_masked(number_at(bytes, place + 8, 4), bytes.substr(place, 8));
    const std::string message = bytes.substr(place + 12, length);
    check_masked(number_at(bytes, place + 12 + length, 4), message);
    place += 16 + length;
    const std::string command = "protoc --proto_path=" + proto + " --decode=xtape.tensorboard.Event event.proto <" +
                                folder.write("message", message);
    std::FILE* const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char buffer[4096];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, count);
    REQUIRE(pclose(pipe) == 0);
  }
  return text;
}

// As `protoc` prints a scalar.
std::string scalar(const std::string& tag) { return "tag: \"" + tag + "\"\n    simple_value: "; }

}  // namespace

TEST_CASE("records carry the checksum CRC-32C") {
  CHECK(callbacks::crc32c("123456789") == 0xe3069283);            // the check value of the polynomial's definition
  CHECK(callbacks::crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720, B.4
  CHECK(slow_crc32c("123456789") == 0xe3069283);
  CHECK(callbacks::record("abc").size() == 8 + 4 + 3 + 4);
}

TEST_CASE("TensorBoard's files have the scalars, the graph and the weights of a training") {
  const TemporaryFolder folder;
  const Tensor x = ones({8, 2}), y = ones({8, 1});
  const Sequential model{layers::Dense(3, {.activation = "relu", .input_shape = {2}, .name = "first"}),
                         layers::Dense(1, {.name = "second"})};
  model.compile({.optimizer = optimizers::SGD({.learning_rate = 0.25}), .loss = "mse"});
  const TensorBoard board({.log_dir = folder / "logs",
                           .histogram_freq = 1,
                           .write_images = true,
                           .write_steps_per_second = true,
                           .update_freq = 2});
  model.fit(x, y, {.batch_size = 2, .epochs = 2, .verbose = 0, .callbacks = {board}, .validation_data = {x, y}});

  const std::string train = decoded(folder, "logs/train");
  CHECK(train.find("wall_time: ") == 0);
  CHECK_THAT(train, Contains("file_version: \"brain.Event:2\""));
  for (const char* tag : {"epoch_loss", "epoch_steps_per_second", "batch_loss", "batch_steps_per_second"}) {
    CHECK_THAT(train, Contains(scalar(tag)));
  }
  CHECK_THAT(train, Contains(scalar("epoch_learning_rate") + "0.25\n"));
  // Of 8 batches, each second: those after which no validation is named.
  std::size_t batches = 0;
  for (std::size_t at = 0; (at = train.find("\"batch_loss\"", at)) != std::string::npos; ++at) ++batches;
  CHECK(batches == 4);
  CHECK_THAT(train, Contains("first/kernel/histogram") && Contains("second/bias/histogram") &&
                        Contains("bucket_limit: ") && Contains("first/kernel/image") && Contains("\\211PNG\\r\\n"));
  CHECK_THAT(train, Contains("num: 6\n"));  // elements of the first kernel
  CHECK_THAT(train, Contains("graph_def: ") && Contains("first") && Contains("Dense"));
  CHECK_THAT(train, Contains("plugin_name: \"graph_keras_model\"") && Contains("\\\"class_name\\\""));
  CHECK(train.find("val_") == std::string::npos);

  const std::string validation = decoded(folder, "logs/validation");
  CHECK_THAT(validation, Contains(scalar("epoch_loss")));
  CHECK(validation.find("batch_loss") == std::string::npos);
}

TEST_CASE("a TensorBoard that is asked for little writes little") {
  const TemporaryFolder folder;
  const TensorBoard board({.log_dir = folder / "logs", .write_graph = false});
  test::small_model().fit(ones({4, 2}), ones({4, 1}), {.verbose = 0, .callbacks = {board}});
  const std::string train = decoded(folder, "logs/train");
  for (const char* part : {"histogram", "image", "graph", "batch_", "steps"}) {
    CHECK(train.find(part) == std::string::npos);
  }
  CHECK_THAT(train, Contains(scalar("epoch_loss")));
  CHECK(!std::filesystem::exists(folder / "logs/validation"));
}

TEST_CASE("a TensorBoard refuses what it does not write") {
  CHECK_THROWS_WITH(TensorBoard({.update_freq = "step"}),
                    "TensorBoard: update_freq must be \"epoch\", \"batch\" or a number of batches, given \"step\"");
  CHECK_THROWS_AS(TensorBoard({.update_freq = 0}), ValueError);
  CHECK_THROWS_AS(TensorBoard({.histogram_freq = -1}), ValueError);
  CHECK_THROWS_WITH(TensorBoard({.profile_batch = 2}),
                    "TensorBoard: profile_batch must be 0: profiles and embeddings are not written, given 2");
  CHECK_THROWS_AS(TensorBoard({.embeddings_freq = 1}), ValueError);
  const TensorBoard board({.log_dir = "/proc/nowhere"});
  CHECK_THROWS_AS(test::small_model().fit(ones({4, 2}), ones({4, 1}), {.verbose = 0, .callbacks = {board}}), IOError);
}

#else

TEST_CASE("without Protocol Buffers a TensorBoard says what to build with") {
  CHECK_THROWS_WITH(TensorBoard(), Contains("-DXTAPE_WITH_PROTOBUF=ON"));
}

#endif
