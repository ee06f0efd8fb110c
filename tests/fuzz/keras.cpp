#include <xtape/saving/saving.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_file<xtape::Error>(data, size,
                                 [](const std::string& path) { xtape::load_model(path, {.format = "keras"}); });
}
