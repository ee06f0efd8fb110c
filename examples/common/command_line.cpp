#include "common/command_line.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <limits>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

namespace examples {
namespace {

// An error that a program does not expect ends it with a line, not with an abort.
[[noreturn]] void end_with_message() {
  std::cout.flush();
  std::fflush(stdout);
  try {
    if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
  } catch (...) {
  }
  std::_Exit(1);
}

}  // namespace

Arguments parse_command_line(int argc, char** argv, Arguments arguments) {
  // CLI11's own names 1e308 as the largest one.
  const CLI::Range positive(1, std::numeric_limits<int>::max());
  CLI::App app;
  app.option_defaults()->take_last();
  app.add_option("--epochs", arguments.epochs, "Rounds over the training data")->check(positive)->capture_default_str();
  app.add_option("--batch-size", arguments.batch_size, "Samples in a step")->check(positive)->capture_default_str();
  app.add_option("--threads", arguments.threads, "Threads to use (default: all)")->check(positive);
  app.add_option("--seed", arguments.seed, "Random seed")->capture_default_str();
  app.add_option("--verbose", arguments.verbose, "0 silent, 1 progress bar, 2 one line an epoch")
      ->check(CLI::Range(0, 2))
      ->capture_default_str();
  const CLI::Validator not_empty([](std::string& text) { return text.empty() ? "is empty" : ""; }, "DIR");
  app.add_option("--data", arguments.data, "Folder of the data set")->check(not_empty);
  const CLI::Option* const output = app.add_option("--output", arguments.output, "Folder for the files written")
                                        ->check(not_empty)
                                        ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  std::set_terminate(end_with_message);
  // Before a training, which would be lost.
  if (output->count() > 0) std::filesystem::create_directories(arguments.output);
  if (arguments.threads > 0) xtape::set_num_threads(arguments.threads);
  xtape::set_random_seed(arguments.seed);
  return arguments;
}

}  // namespace examples
