#include <xtape/detail/load_limits.hpp>
#include <xtape/models/model_from_json.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  // A text may describe a model that fills the machine.
  const xtape::detail::WeightLimit weights(int64_t{1} << 28, "a fuzzer");
  const xtape::detail::MemoryLimit memory(int64_t{1} << 29);
  return read_bytes<xtape::Error>(data, size, [](auto bytes) {
    xtape::models::model_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}
