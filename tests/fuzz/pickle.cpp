#include "io/pickle/pickle.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_bytes(data, size, [](auto bytes) { xtape::io::Pickle(bytes, "memory", {"torch.FloatStorage"}); });
}
