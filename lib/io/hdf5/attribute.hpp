#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "io/hdf5/claimed_file.hpp"

namespace xtape::io::hdf5 {

// The texts of attributes, which lie in heaps of the whole file: each belongs to one attribute at most.
class TextHeaps {
 public:
  explicit TextHeaps(ClaimedFile& file) : file_(file) {}

  // Takes the text that a reference leads to. @throws FormatError.
  void take(Cursor& reference);

 private:
  // The lengths of the texts of a heap by their index.
  using Lengths = std::map<uint64_t, uint64_t>;
  Lengths& heap_at(uint64_t address, const std::string& place);

  ClaimedFile& file_;
  std::map<uint64_t, Lengths> heaps_;
};

// Looks through the message of an attribute. @throws FormatError.
void check_attribute(Cursor& message, const ClaimedFile& file, TextHeaps& heaps);

}  // namespace xtape::io::hdf5
