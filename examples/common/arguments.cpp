#include "common/arguments.hpp"

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <xtape/random.hpp>
#include <xtape/threads.hpp>

namespace examples {
namespace {

[[noreturn]] void end_with_usage(const char* program, const Arguments& defaults, int status) {
  (status == 0 ? std::cout : std::cerr) << "usage: " << program << " [options]\n"
                                        << "  --epochs N      rounds over the training data (" << defaults.epochs
                                        << ")\n"
                                        << "  --batch-size N  samples in a step (" << defaults.batch_size << ")\n"
                                        << "  --threads N     threads to use (all)\n"
                                        << "  --seed N        random seed (" << defaults.seed << ")\n"
                                        << "  --verbose N     0 silent, 1 progress bar, 2 one line an epoch ("
                                        << defaults.verbose << ")\n"
                                        << "  --data DIR      folder of the data set\n"
                                        << "  --output DIR    folder for the files written (" << defaults.output
                                        << ")\n";
  std::exit(status);
}

template <class Integer>
bool parse(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

bool set(Arguments& arguments, std::string_view name, const char* value) {
  if (name == "--epochs") return parse(value, arguments.epochs) && arguments.epochs > 0;
  if (name == "--batch-size") return parse(value, arguments.batch_size) && arguments.batch_size > 0;
  if (name == "--threads") return parse(value, arguments.threads) && arguments.threads > 0;
  if (name == "--seed") return parse(value, arguments.seed);
  if (name == "--verbose") return parse(value, arguments.verbose) && arguments.verbose >= 0 && arguments.verbose <= 2;
  if (name == "--data") return !(arguments.data = value).empty();
  if (name == "--output") return !(arguments.output = value).empty();
  return false;
}

}  // namespace

Arguments parse_arguments(int argc, char** argv, Arguments defaults) {
  Arguments arguments = defaults;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--help" || name == "-h") end_with_usage(argv[0], defaults, 0);
    if (i + 1 == argc || !set(arguments, name, argv[i + 1])) {
      std::cerr << argv[0] << ": not understood: " << name << (i + 1 < argc ? " " : "")
                << (i + 1 < argc ? argv[i + 1] : "") << '\n';
      end_with_usage(argv[0], defaults, 2);
    }
  }
  if (arguments.threads > 0) xtape::set_num_threads(arguments.threads);
  xtape::set_random_seed(arguments.seed);
  return arguments;
}

}  // namespace examples
