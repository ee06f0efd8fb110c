#include "io/hdf5.hpp"

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_bytes(data, size, [](auto bytes) { xtape::io::read_hdf5_image(bytes, "memory"); });
}
