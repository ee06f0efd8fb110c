#include <xtape/io/torch_weights.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_file(data, size, xtape::io::load_torch_weights);
}
