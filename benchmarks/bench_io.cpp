// bench_io --folder DIR [--rows name,...]: models and arrays in files, milliseconds; bench_io.py is the twin with h5py
// and NumPy, on the files that this one leaves in the folder. Files are in the system's cache.
//
//   build/benchmarks/bench_io --folder /tmp/bench_io && python3 benchmarks/bench_io.py /tmp/bench_io
//
// io.write.*: the same number of bytes, written and synchronized, which is what saving is compared with.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>
#include <xtape/io/safetensors.hpp>
#include <xtape/xtape.hpp>

#include "models.hpp"
#include "timing.hpp"

namespace {

using xtape::Sequential;
using xtape::Tensor;

void write_and_sync(const std::string& path, std::uintmax_t bytes) {
  static const std::vector<char> piece(1 << 20, 'x');
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0666);
  bool done = file >= 0;
  for (; done && bytes > 0;) {
    const std::size_t count = std::min<std::uintmax_t>(bytes, piece.size());
    done = write(file, piece.data(), count) == static_cast<ssize_t>(count);
    bytes -= count;
  }
  done = done && fsync(file) == 0;
  close(file);
  if (!done) throw std::runtime_error("cannot write " + path);
}

class IoRows {
 public:
  IoRows(const bench::Arguments& arguments, const std::string& folder) : runner_(arguments), folder_(folder) {
    std::filesystem::create_directories(folder);
  }

  std::string path(const std::string& file) const { return folder_ + "/" + file; }

  // The median of so many calls.
  void measure(const std::string& name, int calls, const std::function<void()>& work) const {
    if (!runner_.wants(name)) return;
    work();
    std::vector<double> times;
    for (int i = 0; i < calls; ++i) {
      const double begin = bench::now();
      work();
      times.push_back(bench::now() - begin);
    }
    bench::print_row(name, runner_.threads(), "ms", bench::median(times) * 1e3);
  }

  // Saving, the same bytes without a format, and loading.
  void measure_file(const std::string& name, int calls, const std::function<void()>& save,
                    const std::function<void()>& load) const {
    bool wanted = false;
    for (const char* row : {"io.save.", "io.write.", "io.load.", "io.map."}) wanted |= runner_.wants(row + name);
    if (!wanted) return;
    save();
    const std::uintmax_t bytes = std::filesystem::file_size(path(name));
    // In turn: disks are faster at one time than at another.
    for (const char* turn : {"", "@again"}) {
      measure("io.save." + name + turn, calls, save);
      measure("io.write." + name + turn, calls, [&] { write_and_sync(path("bytes"), bytes); });
    }
    std::filesystem::remove(path("bytes"));
    measure("io.load." + name, calls, load);
  }

 private:
  const bench::Runner runner_;
  const std::string folder_;
};

// 100 million numbers, 400 MB.
Sequential large_model() {
  Sequential model;
  model.add(xtape::layers::InputLayer({5000}));
  for (int i = 0; i < 4; ++i) model.add(xtape::layers::Dense(5000, {.use_bias = false, .kernel_initializer = "ones"}));
  return model;
}

// In each format: whole models, and weights.
void measure_model(const IoRows& rows, const std::string& name, const Sequential& model, int calls) {
  for (const char* format : {".keras", ".h5"}) {
    const std::string file = name + format, path = rows.path(file);
    rows.measure_file(
        file, calls, [&] { model.save(path); }, [&] { xtape::load_model(path); });
  }
  for (const char* format : {".weights.h5", ".npz", ".safetensors"}) {
    const std::string file = name + format, path = rows.path(file);
    rows.measure_file(
        file, calls, [&] { model.save_weights(path); }, [&] { model.load_weights(path); });
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const bench::Arguments arguments(argc, argv);
  const IoRows rows(arguments, arguments.get("folder", "."));
  xtape::set_num_threads(arguments.get("threads", 1));

  const Sequential cnn = bench::make_cnn();
  cnn.compile({.optimizer = "adam", .loss = "categorical_crossentropy"});
  measure_model(rows, "cnn", cnn, 20);
  measure_model(rows, "large", large_model(), 3);
  const std::string safetensors = rows.path("large.safetensors");
  // Usable: the first and the last number of each tensor are read.
  rows.measure("io.map.large.safetensors", 20, [&] {
    double sum = 0;
    for (const auto& [name, tensor] : xtape::io::load_safetensors(safetensors).tensors) {
      sum += tensor[0][0].item() + tensor[-1][-1].item();
    }
    if (sum != 8) throw std::runtime_error("the file holds something else");
  });
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_io: %s\n", error.what());
  return 1;
}
