#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>
#include <system_error>

#include "catch.hpp"
#include "file_size_limit.hpp"
#include "io/file_content.hpp"
#include "saving/models.hpp"
#include "temporary_folder.hpp"

// What processes leave that are killed, find the disk full, or write one file at the same time.
namespace xtape::test {
namespace {

namespace fs = std::filesystem;

// A process that does the work and ends, or is killed.
class Process {
 public:
  explicit Process(const std::function<void()>& work) : id_(fork()) {
    if (id_ != 0) return;
    alarm(120);  // one that hangs has failed
    try {
      work();
      _exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(1);
    }
  }
  ~Process() {
    if (!ended_) kill();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // False if it had ended by then.
  bool kill() {
    ::kill(id_, SIGKILL);
    return !wait();
  }
  // Whether it ended by itself. It must not have failed.
  bool wait() {
    int status = 0;
    if (waitpid(id_, &status, 0) != id_) throw std::runtime_error("a process is gone");
    ended_ = true;
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) throw std::runtime_error("a process failed");
    return WIFEXITED(status);
  }

 private:
  const pid_t id_;
  bool ended_ = false;
};

void sleep_up_to(std::mt19937& random, unsigned microseconds) {
  usleep(std::uniform_int_distribution<unsigned>(0, microseconds)(random));
}

std::size_t entries_of(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// ---- A training program ------------------------------------------------------------------------------------

// Trains, or goes on with it, and writes the weights and losses of the last epochs.
void train(const std::string& folder, const std::optional<int64_t>& steps) {
  set_num_threads(1);
  set_random_seed(5);
  const Tensor x = randn({40, 4}), y = randint(0, 3, {40});
  const Sequential model({layers::InputLayer({4}), layers::Dense(8, {.activation = "tanh", .name = "a"}),
                          layers::Dropout(0.3, {.name = "b"}), layers::BatchNormalization({.name = "c"}),
                          layers::Dense(3, {.activation = "softmax", .name = "d"})});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  const callbacks::BackupAndRestore backup(folder + "/backup", {.save_freq = int64_t{2}, .delete_checkpoint = false});
  const History history = model.fit(x, y,
                                    {.batch_size = 4,
                                     .epochs = 6,
                                     .verbose = 0,
                                     .callbacks = {backup},
                                     .validation_split = 0.2,
                                     .steps_per_epoch = steps});
  model.save_weights(folder + "/trained.npz");
}

}  // namespace

TEST_CASE("a training that is killed at any moment and started again gives what it had given") {
  std::mt19937 random(12);
  int kills = 0;
  for (const std::optional<int64_t>& steps : {std::optional<int64_t>(), std::optional<int64_t>(5)}) {
    const TemporaryFolder whole;
    REQUIRE(Process([&] { train(whole.path(), steps); }).wait());
    const std::string expected = file_content(whole / "trained.npz");
    REQUIRE_FALSE(expected.empty());
    for (const int enough = kills + 25; kills < enough;) {
      const TemporaryFolder folder;
      bool ended = false;
      while (!ended) {
        Process process([&] { train(folder.path(), steps); });
        if (kills < enough) sleep_up_to(random, 60000);
        ended = kills < enough ? !process.kill() : process.wait();
        if (!ended) ++kills;
        // The backup, and what the last process left if it was killed in the one moment where something is left.
        if (fs::exists(folder / "backup")) CHECK(entries_of(folder / "backup") <= 2);
      }
      CHECK(file_content(folder / "trained.npz") == expected);
    }
  }
  CHECK(kills == 50);
}

// ---- Savers ------------------------------------------------------------------------------------------------

namespace {

constexpr const char* file_names[] = {"model.keras", "model.h5", "model.weights.h5", "model.safetensors", "model.npz"};

// Of 41 KB in float32.
Sequential model_of(double value) {
  const Sequential model(
      {layers::InputLayer({100}), layers::Dense(100, {.name = "a"}), layers::Dense(3, {.name = "b"})},
      {.name = "model"});
  std::vector<Tensor> weights;
  for (const Tensor& weight : model.get_weights()) weights.push_back(full(weight.shape(), value));
  model.set_weights(weights);
  return model;
}

bool holds_model(const std::string& path) {
  return path.ends_with(".keras") || (path.ends_with(".h5") && !path.ends_with(".weights.h5"));
}

void save(const Model& model, const std::string& path) {
  if (holds_model(path)) {
    model.save(path);
  } else {
    model.save_weights(path);
  }
}

// The value that all weights of the file have.
double value_in(const std::string& path) {
  Model model = model_of(0);
  if (holds_model(path)) {
    model = load_model(path);
  } else {
    model.load_weights(path);
  }
  const std::vector<Tensor> weights = model.get_weights();
  const double value = weights[0].select(0, 0).select(0, 0).item();
  for (const Tensor& weight : weights) CHECK(all(weight == full(weight.shape(), value)).item<bool>());
  return value;
}

}  // namespace

TEST_CASE("a process that is killed while it saves leaves the file before or the file after") {
  set_num_threads(1);
  std::mt19937 random(13);
  const Sequential models[] = {model_of(1), model_of(2)};
  for (const char* name : file_names) {
    INFO(name);
    const TemporaryFolder folder;
    const std::string path = folder / name;
    save(models[0], path);
    for (int i = 0; i < 40; ++i) {
      Process saver([&] {
        for (int k = 1;; k = 1 - k) save(models[k], path);
      });
      sleep_up_to(random, 12000);
      CHECK(saver.kill());
      const double value = value_in(path);
      CHECK((value == 1 || value == 2));
      CHECK(entries_of(folder.path()) <= 2);
    }
    // What is left of the last one goes with the next process that saves.
    CHECK(Process([&] { save(models[0], path); }).wait());
    CHECK(entries_of(folder.path()) == 1);
  }
}

TEST_CASE("of two processes that save at once, one leaves a whole file") {
  set_num_threads(1);
  const Sequential models[] = {model_of(1), model_of(2)};
  for (const char* name : file_names) {
    INFO(name);
    const TemporaryFolder folder;
    const std::string path = folder / name;
    const auto save_often = [&](const Model& model) {
      for (int i = 0; i < 20; ++i) save(model, path);
    };
    Process first([&] { save_often(models[0]); }), second([&] { save_often(models[1]); });
    CHECK(first.wait());
    CHECK(second.wait());
    const double value = value_in(path);
    CHECK((value == 1 || value == 2));
    CHECK(entries_of(folder.path()) == 1);
  }
}

// ---- Full disks --------------------------------------------------------------------------------------------

namespace {

// A file system in memory of so many bytes.
class SmallDisk {
 public:
  SmallDisk(const std::string& folder, std::size_t bytes) : folder_(folder) {
    fs::create_directory(folder);
    const std::string options = "size=" + std::to_string(bytes);
    if (mount("tmpfs", folder.c_str(), "tmpfs", 0, options.c_str()) != 0) reason_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (reason_.empty()) umount(folder_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Why there is none; empty if there is one.
  const std::string& reason() const { return reason_; }

 private:
  const std::string folder_;
  std::string reason_;
};

void check_refuses(const std::string& path, const std::string& reason) {
  CHECK_THROWS_WITH(save(model_of(2), path), Contains("cannot write " + path + ": " + reason));
  CHECK_THROWS_AS(save(model_of(2), path), IOError);
}

}  // namespace

TEST_CASE("where a file finds no room the old one stays, and the error names it") {
  for (const char* name : file_names) {
    const TemporaryFolder folder;
    const std::string path = folder / name;
    save(model_of(1), path);
    {
      const FileSizeLimit limit(20000);
      check_refuses(path, "File too large");
    }
    CHECK(value_in(path) == 1);
    CHECK(entries_of(folder.path()) == 1);
  }
}

TEST_CASE("on a full disk the old file stays, and the error names it") {
  for (const char* name : file_names) {
    const TemporaryFolder folder;
    // Room for one of them.
    const SmallDisk disk(folder / "disk", 64 << 10);
    if (!disk.reason().empty()) {
      // Only root can, and not in each container; the case before needs no rights.
      WARN("skipped: no small disk can be made (" << disk.reason() << ")");
      CHECK((disk.reason() != "" && entries_of(folder / "disk") == 0));
      return;
    }
    const std::string path = folder / "disk" + "/" + name;
    save(model_of(1), path);
    check_refuses(path, "No space left on device");
    CHECK(value_in(path) == 1);
    CHECK(entries_of(folder / "disk") == 1);
  }
}

}  // namespace xtape::test
