#include <xtape/io/pt.hpp>

#include "fuzz.hpp"

int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) { return read_file(data, size, xtape::io::load_pt); }
