#include "io/hdf5/tree.hpp"

#include <xtape/error.hpp>

#include "io/hdf5/messages.hpp"

namespace xtape::io::hdf5 {
namespace {

constexpr uint64_t max_levels = 64;

}  // namespace

Tree::Node Tree::node(uint64_t address, std::optional<uint64_t> expected_level) {
  const uint64_t bytes = 24 + 2 * kind_.k * 8 + (2 * kind_.k + 1) * kind_.key_bytes;
  Cursor node = file_.claim(address, bytes, place_);
  if (node.u32() != 0x45455254) node.fail("TREE, a node of a tree", "something else");
  const uint64_t type = node.u8();
  node.expect(type == kind_.type, kind_.type == 0 ? "a tree of groups" : "a tree of chunks", type);
  const uint64_t level = node.u8();
  if (expected_level) node.expect(level == *expected_level, "the level below", level);
  node.expect(level < max_levels, "at most 63 levels", level);
  const uint64_t entries = node.u16();
  node.expect(entries <= 2 * kind_.k, "no more entries than a node has", entries);
  const uint64_t left = node.u64();
  const uint64_t right = node.u64();
  levels_[level].push_back({address, left, right});
  return {level, entries, node};
}

void Tree::check_neighbours() const {
  for (const auto& [level, nodes] : levels_) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].left != (i == 0 ? undefined_address : nodes[i - 1].address) ||
          nodes[i].right != (i + 1 == nodes.size() ? undefined_address : nodes[i + 1].address)) {
        throw FormatError(place_ + ": expected nodes of a tree that lead to their neighbours, found node at offset " +
                          std::to_string(nodes[i].address) + " with others");
      }
    }
  }
}

}  // namespace xtape::io::hdf5
