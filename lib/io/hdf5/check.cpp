#include "io/hdf5/check.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>
#include <xtape/error.hpp>

#include "io/hdf5.hpp"
#include "io/hdf5/array.hpp"
#include "io/hdf5/attribute.hpp"
#include "io/hdf5/claimed_file.hpp"
#include "io/hdf5/messages.hpp"
#include "io/hdf5/object_header.hpp"
#include "io/hdf5/tree.hpp"
#include "io/signature.hpp"

// The superblock, and from it on groups in groups down to arrays. The structures are those of the "HDF5 File Format
// Specification Version 3.0", whose names are used.
namespace xtape::io {
namespace hdf5 {
namespace {

class Checker {
 public:
  Checker(std::span<const std::byte> file, const std::string& name, uint64_t most_unpacked)
      : file_(file, most_unpacked), heaps_(file_), name_(name) {}

  void check() {
    check_hdf5_signature(file_.bytes(), name_);
    const std::string place = name_ + ", superblock";
    Cursor block = file_.claim(0, 96, place);
    block.skip(8);
    const uint64_t version = block.u8();
    block.expect(version == 0, "version 0 of the superblock, as h5py writes by default", version);
    block.expect(block.u16() == 0, "versions 0", 1);
    block.skip(1);
    block.expect(block.u8() == 0, "version 0", 1);
    const uint64_t offset_bytes = block.u8();
    block.expect(offset_bytes == 8, "offsets of 8 bytes", offset_bytes);
    const uint64_t length_bytes = block.u8();
    block.expect(length_bytes == 8, "lengths of 8 bytes", length_bytes);
    block.skip(1);
    leaf_k_ = block.u16();
    internal_k_ = block.u16();
    block.expect(leaf_k_ > 0 && internal_k_ > 0, "nodes with entries", 0);
    const uint64_t flags = block.u32();
    block.expect(flags == 0, "no flags (of a file that is being written)", flags);
    const uint64_t base = block.u64();
    block.expect(base == 0, "addresses that are counted from the start of the file", base);
    block.expect(block.u64() == undefined_address, "no table of free space", 0);
    const uint64_t end = block.u64();
    block.expect(end <= file_.bytes().size(), "an end within the file", end);
    file_.end_at(end);
    block.expect(block.u64() == undefined_address, "no other driver", 0);
    block.skip(8);
    check_entry(block, name_ + ", /", 0);
  }

 private:
  // What follows the name in a symbol table entry: the object, and a copy of its symbol table message.
  void check_entry(Cursor& entry, const std::string& place, int depth) {
    const uint64_t address = entry.u64();
    const uint64_t cached = entry.u32();
    if (cached == 2) entry.fail("a group or an array", "a soft link");
    entry.expect(cached <= 1, "a cache type 0 or 1", cached);
    entry.skip(4);
    const uint64_t tree = entry.u64();
    const uint64_t heap = entry.u64();
    const Object object = check_object(address, place, depth);
    // Where links came in place of a table, the copy is of what was there before, and nobody looks at it.
    if (cached == 1 && !object.has_links && object.symbols != std::pair(tree, heap)) {
      entry.fail("the addresses that the group has", "others");
    }
  }

  Object check_object(uint64_t address, const std::string& place, int depth) {
    Object object = read_object_header(address, file_, heaps_, place);
    if (object.symbols || object.has_links) {
      if (object.space || object.layout || (object.symbols && object.has_links)) {
        throw FormatError(place + ": expected a group or an array, found both");
      }
      if (depth == max_hdf5_depth) {
        throw FormatError(place + ": expected at most " + std::to_string(max_hdf5_depth) +
                          " groups in one another, found more");
      }
      if (object.symbols) {
        check_group(object.symbols->first, object.symbols->second, place, depth);
      } else {
        check_links(object.links, place, depth);
      }
    } else {
      check_array(object, file_, place);
    }
    return object;
  }

  void check_group(uint64_t tree, uint64_t heap, const std::string& place, int depth) {
    const std::span<const std::byte> names = check_heap(heap, place);
    Tree nodes(file_, {0, internal_k_, 8}, place);
    std::vector<uint64_t> tables;
    check_group_node(tree, std::nullopt, names, nodes, tables);
    nodes.check_neighbours();
    Known known{{}, names.size()};
    for (const uint64_t table : tables) check_table(table, names, place, depth, known);
  }

  void check_links(const std::vector<Link>& links, const std::string& place, int depth) {
    std::set<std::string_view> known;
    for (const Link& link : links) {
      if (!is_name(link.name) || !known.insert(link.name).second) {
        throw FormatError(place + ": expected " + a_name + ", found \"" + link.name + '"');
      }
      const std::string inner = joined(place, link.name, depth);
      check_object(link.address, inner, depth + 1);
    }
  }

  // The names that a group has had, and how many bytes of its heap are left for others: each has bytes of its own, so
  // that all are no longer than the file.
  struct Known {
    std::set<std::string_view> names;
    std::size_t bytes_left;
  };

  static constexpr const char* a_name = "a name of its own that is not empty or \".\" and has no '/' or zero byte";
  static bool is_name(std::string_view name) {
    return !name.empty() && name != "." && name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
  }
  std::string joined(const std::string& place, std::string_view name, int depth) const {
    const std::size_t root = name_.size() + 2;  // as check() has it: "file, /"
    if (place.size() - root + name.size() > max_hdf5_path) {
      throw FormatError(place.substr(0, root + 200) + ": expected a path of at most " + std::to_string(max_hdf5_path) +
                        " bytes, found a longer one, " + std::string(name.substr(0, 200)));
    }
    return place + (depth == 0 ? "" : "/") + std::string(name);
  }

  // A local heap: the names of a group. Its free blocks are a list.
  std::span<const std::byte> check_heap(uint64_t address, const std::string& place) {
    Cursor head = file_.claim(address, 32, place);
    if (head.u32() != 0x50414548) head.fail("HEAP, a heap of names", "something else");
    const uint64_t version = head.u8();
    head.expect(version == 0, "version 0 of the heap", version);
    head.skip(3);
    const uint64_t bytes = head.u64();
    uint64_t free_block = head.u64();
    const uint64_t data_address = head.u64();
    Cursor data = file_.claim(data_address, bytes, place);
    const std::span<const std::byte> names = data.take(bytes);
    constexpr uint64_t none = 1;
    // Each block lies behind the one before, or there are at most as many as fit.
    for (uint64_t blocks = 0; free_block != none; ++blocks) {
      if (free_block > bytes || bytes - free_block < 16 || blocks > bytes / 16) {
        head.fail("free blocks within the heap", std::to_string(free_block));
      }
      Cursor block(names.subspan(free_block, 16), data_address + free_block, place);
      const uint64_t next = block.u64();
      const uint64_t length = block.u64();
      block.expect(length >= 16 && length <= bytes - free_block, "a free block within the heap", length);
      block.expect(next != 0, "another free block", next);
      free_block = next;
    }
    // Up to the end of the last name, so that each that begins before ends there.
    const auto last = std::find(names.rbegin(), names.rend(), std::byte{0});
    return names.first(static_cast<std::size_t>(names.rend() - last));
  }

  static void check_key(uint64_t offset, std::span<const std::byte> names, const Cursor& where) {
    where.expect(offset < names.size(), "a name within the heap", offset);
  }
  static std::string_view name_at(uint64_t offset, std::span<const std::byte> names, const Cursor& where) {
    check_key(offset, names, where);
    const std::string& place = where.place();
    return Cursor(names.subspan(offset), where.offset(), place).text();
  }

  // Gathers the tables of the leaves.
  void check_group_node(uint64_t address, std::optional<uint64_t> expected_level, std::span<const std::byte> names,
                        Tree& tree, std::vector<uint64_t>& tables) {
    Tree::Node node = tree.node(address, expected_level);
    check_key(node.entry.u64(), names, node.entry);
    for (uint64_t i = 0; i < node.entries; ++i) {
      const uint64_t child = node.entry.u64();
      check_key(node.entry.u64(), names, node.entry);
      if (node.level == 0) {
        tables.push_back(child);
      } else {
        check_group_node(child, node.level - 1, names, tree, tables);
      }
    }
  }

  void check_table(uint64_t address, std::span<const std::byte> names, const std::string& place, int depth,
                   Known& known) {
    Cursor table = file_.claim(address, 8 + 2 * leaf_k_ * 40, place);
    if (table.u32() != 0x444f4e53) table.fail("SNOD, a table of symbols", "something else");
    const uint64_t version = table.u8();
    table.expect(version == 1, "version 1 of the table", version);
    table.skip(1);
    const uint64_t entries = table.u16();
    table.expect(entries <= 2 * leaf_k_, "no more entries than a table has", entries);
    for (uint64_t i = 0; i < entries; ++i) {
      const std::string_view name = name_at(table.u64(), names, table);
      if (name.size() >= known.bytes_left) table.fail("names with bytes of their own", "some that overlap");
      known.bytes_left -= name.size() + 1;
      if (!is_name(name) || !known.names.insert(name).second) table.fail(a_name, '"' + std::string(name) + '"');
      const std::string inner = joined(place, name, depth);
      Cursor entry(table.take(32), table.offset() - 32, inner);
      check_entry(entry, inner, depth + 1);
    }
  }

  ClaimedFile file_;
  TextHeaps heaps_;
  std::string name_;
  uint64_t leaf_k_ = 0, internal_k_ = 0;
};

}  // namespace
}  // namespace hdf5

void check_hdf5_signature(std::span<const std::byte> beginning, const std::string& name) {
  constexpr std::string_view signature = "\x89HDF\r\n\x1a\n";
  if (std::string_view(reinterpret_cast<const char*>(beginning.data()), beginning.size()).starts_with(signature))
    return;
  const std::string kind = kind_of_file(beginning);
  throw FormatError(name + ", offset 0: expected \\x89HDF, with which an HDF5 file begins, found " +
                    (kind.empty() ? "something else" : kind));
}

void check_hdf5(std::span<const std::byte> file, const std::string& name, uint64_t most_unpacked) {
  hdf5::Checker(file, name, most_unpacked).check();
}

}  // namespace xtape::io
