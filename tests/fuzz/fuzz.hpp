#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <xtape/error.hpp>

// What libFuzzer calls.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

// Calls `read` with the bytes; a FormatError is an answer, all else is a find.
template <class Read>
int read_bytes(const uint8_t* data, std::size_t size, Read read) {
  try {
    read(std::as_bytes(std::span(data, size)));
  } catch (const xtape::FormatError&) {
  }
  return 0;
}

// The same for functions of a path.
template <class Load>
int read_file(const uint8_t* data, std::size_t size, Load load) {
  static const std::string path = "/tmp/xtape-fuzz-" + std::to_string(::getpid());
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  const ssize_t written = ::write(file, data, size);
  ::close(file);
  if (written != static_cast<ssize_t>(size)) return 0;
  return read_bytes(data, size, [&](auto) { load(path); });
}
