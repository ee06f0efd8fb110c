#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/hdf5/claimed_file.hpp"

namespace xtape::io::hdf5 {

// Trees are of groups or of chunks; a node has up to 2k entries, and a key before, between and behind them.
struct TreeKind {
  uint64_t type, k, key_bytes;
};

// A tree of nodes, which are visited in order.
class Tree {
 public:
  Tree(ClaimedFile& file, TreeKind kind, const std::string& place) : file_(file), kind_(kind), place_(place) {}

  struct Node {
    uint64_t level, entries;
    // Before the first key.
    Cursor entry;
  };
  // The node there, as large as nodes can be, of that level if one is expected. @throws FormatError.
  Node node(uint64_t address, std::optional<uint64_t> expected_level);
  // @throws FormatError unless each node that was visited leads to those beside it.
  void check_neighbours() const;

 private:
  struct Neighbours {
    uint64_t address, left, right;
  };

  ClaimedFile& file_;
  TreeKind kind_;
  const std::string& place_;
  std::map<uint64_t, std::vector<Neighbours>> levels_;
};

}  // namespace xtape::io::hdf5
