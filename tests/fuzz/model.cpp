#include <xtape/models/model_from_json.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  return read_bytes<xtape::Error>(data, size, [](auto bytes) {
    xtape::models::model_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}
