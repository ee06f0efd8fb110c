#include "fuzz.hpp"
#include "io/npy_array.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_bytes(data, size, [](auto bytes) { xtape::io::read_npy(bytes, "memory"); });
}
