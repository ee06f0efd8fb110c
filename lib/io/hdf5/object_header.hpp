#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/hdf5/attribute.hpp"
#include "io/hdf5/claimed_file.hpp"
#include "io/hdf5/messages.hpp"

namespace xtape::io::hdf5 {

// What the messages of an object header say.
struct Object {
  std::optional<Space> space;
  std::optional<Type> type;
  std::optional<Layout> layout;
  std::optional<Filters> filters;
  std::optional<uint64_t> fill_bytes;
  std::optional<std::pair<uint64_t, uint64_t>> symbols;  // addresses of a tree and of a heap with its names
  // In place of symbols, in groups that have or had a name that is not in ASCII.
  bool has_links = false;
  std::vector<Link> links;
};

// Looks through the header of an object, attributes and all. @throws FormatError.
Object read_object_header(uint64_t address, ClaimedFile& file, TextHeaps& heaps, const std::string& place);

}  // namespace xtape::io::hdf5
