#pragma once

#include <cstdint>
#include <string>

namespace examples {

/// What can be set on the command line of each example; a program gives its own defaults.
struct Arguments {
  int epochs = 10;
  int batch_size = 32;
  /// 0: as many as the machine has.
  int threads = 0;
  uint64_t seed = 1;
  /// As for Sequential::fit: 0 silent, 1 progress bar, 2 one line an epoch.
  int verbose = 1;
  /// Folder of the data set; empty: where the example finds it by itself.
  std::string data = "";
  /// Folder for what the example writes.
  std::string output = ".";
};

/// Reads `--epochs N --batch-size N --threads N --seed N --verbose N --data DIR --output DIR` and sets the
/// number of threads and the random seed; what is not given stays as in `arguments`. Makes the folder for the output,
/// and has errors that nobody catches end the program with status 1 and a line on std::cerr. Prints the usage and ends
/// the program on `--help`, or, with status 2 and a line that names it, on a mistake.
Arguments parse_command_line(int argc, char** argv, Arguments arguments = {});

}  // namespace examples
