#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <xtape/error.hpp>
#include <xtape/memory.hpp>

// What libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

// Calls `read` with the bytes; an error of the kind that it may throw is an answer, all else is a find.
template <class Answer = xtape::FormatError, class Read>
int read_bytes(const uint8_t* data, std::size_t size, Read read) {
  // The sanitizer sees the bounds of elements only where each tensor's are a block of their own.
  [[maybe_unused]] static const bool once = (xtape::set_cache_limit(0), true);
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const Answer&) {
  }
  return 0;
}

// The same for functions of a path, of a file in memory.
template <class Answer = xtape::FormatError, class Load>
int read_file(const uint8_t* data, std::size_t size, Load load) {
  static const int file = ::memfd_create("fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  const bool ready = ::ftruncate(file, 0) == 0 && ::pwrite(file, data, size, 0) == static_cast<ssize_t>(size);
  return ready ? read_bytes<Answer>(data, size, [&](auto) { load(path); }) : 0;
}
