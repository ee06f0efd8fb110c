#include <xtape/json.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_bytes(data, size, [](auto bytes) {
    xtape::parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}
